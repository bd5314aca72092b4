import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as fc from "../../test/support/properties.ts";
import { entriesOf, leafOf, ledger, ORIGIN, prove } from "./sample-log.test.ts";
import { parseTlogProof, verifyTlogProof } from "./tlog-proof.ts";

const entries = entriesOf(21);
const proof = prove(5, entries);
const leaf = leafOf(entries[5]!);
const { verifierKey } = ledger;

describe("a tlog-proof", () => {
  test("is read as C2SP writes it", () => {
    const hash = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=";
    const head = "c2sp.org/tlog-proof@v1\nextra YWdl\nindex 73894\n";
    const parsed = parseTlogProof(`${head}${hash}\n${hash}\n\nany\n\ncheckpoint\n`);
    assert.equal(parsed?.index, 73894);
    assert.equal(Buffer.from(parsed?.extra ?? []).toString(), "age");
    assert.equal(parsed?.hashes.length, 2);
    assert.equal(parsed?.checkpoint, "any\n\ncheckpoint\n");
  });

  test("has no hashes in a log of one entry, and no extra data where none is", () => {
    const parsed = parseTlogProof("c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n");
    assert.deepEqual(parsed, { index: 0, hashes: [], checkpoint: "checkpoint\n", extra: null });
  });

  test("is nothing else", () => {
    const hash = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=";
    for (const wrong of [
      "",
      "index 0\n\n",
      "c2sp.org/tlog-proof@v2\nindex 0\n\n",
      "c2sp.org/tlog-proof@v1\n\n",
      "c2sp.org/tlog-proof@v1\nindex 0\n",
      "c2sp.org/tlog-proof@v1 \nindex 0\n\n",
      "c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\n",
      ...["", " 0", "00", "-1", "1.0", "9007199254740992"].map(
        (index) => `c2sp.org/tlog-proof@v1\nindex ${index}\n\n`,
      ),
      ...["extra", "extra ", "extra =", "extra YWdl\nextra YWdl", "extra YWd"].map(
        (extra) => `c2sp.org/tlog-proof@v1\n${extra}\nindex 0\n\n`,
      ),
      "c2sp.org/tlog-proof@v1\nindex 0\nextra YWdl\n\n",
      ...[`${hash} `, hash.slice(0, -1), hash.replace("Q=", "R="), "AAAA"].map(
        (hash) => `c2sp.org/tlog-proof@v1\nindex 0\n${hash}\n\n`,
      ),
    ]) {
      assert.equal(parseTlogProof(wrong), null, wrong);
    }
  });

  test("holds for every entry of any log, offline", async () => {
    const places = fc
      .integer({ min: 1, max: entries.length })
      .chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));
    await fc.assert(
      fc.asyncProperty(places, async ([size, index]) => {
        const text = prove(index, entries.slice(0, size));
        const leaf = leafOf(entries[index]!);
        const result = await verifyTlogProof({ proof: text, leaf, verifierKey });
        assert.ok(result.valid);
        assert.equal(result.index, index);
        assert.equal(result.checkpoint.origin, ORIGIN);
        assert.equal(result.checkpoint.size, size);
      }),
    );
  });

  test("holds for no other entry", async () => {
    for (const [index, entry] of entries.entries()) {
      const result = await verifyTlogProof({ proof, leaf: leafOf(entry), verifierKey });
      assert.equal(result.valid, index === 5);
    }
  });

  test("is refused with any character changed", async () => {
    for (let at = 0; at < proof.length; at += 1) {
      const next = String.fromCharCode(proof.charCodeAt(at) ^ 1);
      const changed = proof.slice(0, at) + next + proof.slice(at + 1);
      const result = await verifyTlogProof({ proof: changed, leaf, verifierKey });
      assert.equal(result.valid, false, `character ${at}`);
    }
  });
});
