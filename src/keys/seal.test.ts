import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";

import { lengthPrefixed, randomIds, utf8 } from "#kernel";

import * as fc from "../../test/support/properties.ts";
import { withoutRandom } from "../../test/support/without-random.ts";
import { associatedData } from "./associated-data.ts";
import { RECORD_OVERHEAD_BYTES } from "./gcm.ts";
import { paddedBytes, PADDED_BYTES_MIN } from "./padding.ts";
import { open, seal, type Place } from "./seal.ts";
import { wrapPlaces } from "./key-names.ts";
import { newKeyBytes, unwrap, wrap, type WrapPlace } from "./wrap.ts";

const key = createSecretKey(randomBytes(32));
const place: Place = {
  tenant: "acme",
  region: "eu",
  subject: randomIds.next("subject"),
  node: randomIds.next("node"),
  revision: 1,
  field: "content",
};
const broken = { code: "SEAL_BROKEN" };

test("what was sealed opens again, byte for byte, at its own place", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (content) => {
      assert.deepEqual(open(key, place, seal(key, place, content)), content);
    }),
  );
});

test("a record moved to another tenant, region, subject, node, revision or field does not open", () => {
  const record = seal(key, place, utf8("prefers tea"));
  const elsewhere: Partial<Place>[] = [
    { tenant: "evil" },
    { region: "us" },
    { subject: randomIds.next("subject") },
    { node: randomIds.next("node") },
    { revision: 2 },
    { field: "metadata" },
    { tenant: "acmee", region: "u" },
  ];
  for (const part of elsewhere) {
    assert.throws(() => open(key, { ...place, ...part }, record), broken, Object.keys(part)[0]);
  }
  assert.throws(() => open(createSecretKey(randomBytes(32)), place, record), broken);
});

test("a record with any one byte changed, cut or added does not open", () => {
  const record = seal(key, place, utf8("prefers tea"));
  for (let at = 0; at < record.length; at += 1) {
    const changed = record.slice();
    changed[at]! ^= 1;
    assert.throws(() => open(key, place, changed), broken, `byte ${at}`);
  }
  for (let length = 0; length < record.length; length += 1) {
    assert.throws(() => open(key, place, record.subarray(0, length)), broken, `length ${length}`);
  }
  assert.throws(() => open(key, place, new Uint8Array([...record, 0])), broken);
});

test("the error of a broken seal names ids and nothing that was sealed", () => {
  const record = seal(key, place, utf8("prefers tea"));
  try {
    open(key, { ...place, revision: 2 }, record);
    assert.fail("it opened");
  } catch (error) {
    const text = JSON.stringify(error) + String((error as Error).stack);
    assert.ok(text.includes(place.node));
    assert.ok(!withoutRandom(text).includes("tea") && (error as Error).cause === undefined);
  }
});

test("two seals of the same content share no nonce and no ciphertext", () => {
  const nonces = new Set<string>();
  for (let round = 0; round < 5000; round += 1) {
    const record = seal(key, place, utf8("prefers tea"));
    nonces.add(Buffer.from(record.subarray(1, 13)).toString("hex"));
  }
  assert.equal(nonces.size, 5000);
});

test("a record tells its size class only: short contents all look alike", () => {
  const lengths = new Set<number>();
  for (let length = 0; length <= PADDED_BYTES_MIN - 4; length += 1) {
    lengths.add(seal(key, place, new Uint8Array(length)).length);
  }
  assert.deepEqual([...lengths], [PADDED_BYTES_MIN + RECORD_OVERHEAD_BYTES]);
});

test("size classes are few, never shrink, and cost at most 12 %", () => {
  const classes = new Set<number>();
  let before = 0;
  for (let length = 0; length <= 1_048_576; length += 1) {
    const padded = paddedBytes(length);
    if (padded < before || padded < length + 4) assert.fail(`${length} → ${padded}`);
    if (length > 256 && padded > (length + 4) * 1.12) assert.fail(`${length} → ${padded}`);
    before = padded;
    classes.add(padded);
  }
  assert.ok(classes.size < 300, `${classes.size} classes for a mebibyte`);
  // From the paper's rule by hand: 2^8 < 300 has 4 bits of mantissa, so steps of 16.
  assert.equal(paddedBytes(300 - 4), 304);
});

test("associated data are the kernel's length-prefixed bytes, also beyond ASCII", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), (parts) => {
      assert.deepEqual(new Uint8Array(associatedData(parts)), lengthPrefixed(parts));
    }),
  );
});

test("a wrapped key opens under its parent, version, child, region and epoch, and nowhere else", () => {
  const bytes = newKeyBytes();
  const places = wrapPlaces("eu");
  const { subject, node } = place;
  const underRoot = places.subjectKey(3, { subject, tenant: "acme", version: 2 });
  const underSubject = places.nodeKey(subject, 2, { node, revision: 1 });
  for (const right of [underRoot, underSubject]) {
    const wrapped = wrap(key, right, bytes);
    assert.ok(unwrap(key, right, wrapped).equals(createSecretKey(bytes)));
    const wrong: Partial<WrapPlace>[] = [
      { parent: "root:us" },
      { parentVersion: 1 },
      { child: `node:${randomIds.next("node")}#1` },
      { region: "us" },
      { epoch: 4 },
    ];
    for (const part of wrong) {
      assert.throws(() => unwrap(key, { ...right, ...part }, wrapped), broken);
    }
  }
});

test("a wrapped key is not a sealed field, and a sealed field is not a wrapped key", () => {
  const wrapPlace = wrapPlaces("eu").tagKey(1, "acme");
  assert.throws(() => open(key, place, wrap(key, wrapPlace, newKeyBytes())), broken);
  assert.throws(() => unwrap(key, wrapPlace, seal(key, place, utf8("tea"))), broken);
});
