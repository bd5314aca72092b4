import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test } from "node:test";

import { ALG, decrypt, encrypt, RECORD_OVERHEAD_BYTES } from "../../src/keys/gcm.ts";
import { vectorJson, VECTORS } from "./vectors.ts";

const FILE = "wycheproof-aes-gcm.json";

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly result: "valid" | "invalid";
}

interface Group {
  readonly keySize: number;
  readonly ivSize: number;
  readonly tagSize: number;
  readonly tests: readonly Vector[];
}

const groups = (): readonly Group[] => vectorJson<{ testGroups: Group[] }>(FILE).testGroups;
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");
const record = ({ iv, ct, tag }: Vector): Buffer =>
  Buffer.concat([new Uint8Array([ALG]), bytes(iv), bytes(ct), bytes(tag)]);

test("every Wycheproof vector of our sizes opens when valid, and only then", VECTORS, () => {
  const ours = groups().filter(
    ({ keySize, ivSize, tagSize }) => keySize === 256 && ivSize === 96 && tagSize === 128,
  );
  const vectors = ours.flatMap(({ tests }) => tests);
  assert.ok(vectors.some(({ result }) => result === "valid"));
  assert.ok(vectors.some(({ result }) => result === "invalid"));
  for (const vector of vectors) {
    const opened = decrypt(createSecretKey(bytes(vector.key)), record(vector), bytes(vector.aad));
    const expected = vector.result === "valid" ? vector.msg : undefined;
    assert.equal(opened?.toString("hex"), expected, `${vector.tcId} ${vector.comment}`);
  }
});

test("a vector with another nonce size does not open as ours", VECTORS, () => {
  const other = groups().filter(({ keySize, ivSize }) => keySize === 256 && ivSize !== 96);
  assert.ok(other.length > 0);
  for (const vector of other.flatMap(({ tests }) => tests)) {
    const opened = decrypt(createSecretKey(bytes(vector.key)), record(vector), bytes(vector.aad));
    assert.equal(opened, null, `${vector.tcId} ${vector.comment}`);
  }
});

test("a tag cut to any other length is refused, though its bytes are right", () => {
  const key = createSecretKey(Buffer.alloc(32, 7));
  const aad = Buffer.from("aad");
  for (const plain of [Buffer.alloc(0), Buffer.from("prefers tea")]) {
    const whole = encrypt(key, plain, aad);
    assert.deepEqual(decrypt(key, whole, aad), plain);
    for (let cut = 1; cut <= 15; cut += 1) {
      assert.equal(decrypt(key, whole.subarray(0, whole.length - cut), aad), null);
    }
    assert.equal(whole.length, plain.length + RECORD_OVERHEAD_BYTES);
  }
});

test("a record of another suite is refused", () => {
  const key = createSecretKey(Buffer.alloc(32, 7));
  const whole = encrypt(key, Buffer.from("prefers tea"), Buffer.alloc(0));
  for (const alg of [0x00, 0x02, 0xff]) {
    whole[0] = alg;
    assert.equal(decrypt(key, whole, Buffer.alloc(0)), null);
  }
});
