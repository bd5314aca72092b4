import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "../../test/support/properties.ts";
import { base64 } from "./bytes.ts";
import { leafHash, rootOfEntries, treeRoot } from "./merkle.ts";
import { leafOf, rootOf } from "./sample-log.test.ts";

test("the root of an empty log is SHA-256 of nothing", async () => {
  assert.equal(base64(await treeRoot([])), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
});

test("the hash of the empty entry is not the hash of no entry", async () => {
  const empty = new Uint8Array(0);
  assert.notDeepEqual(await leafHash(empty), await treeRoot([]));
  assert.deepEqual(await rootOfEntries([empty]), await leafHash(empty));
});

test("an entry that looks like an inner node does not hash like one", async () => {
  const [left, right] = [leafOf(Uint8Array.of(1)), leafOf(Uint8Array.of(2))];
  const forged = Uint8Array.of(1, ...left, ...right);
  assert.notDeepEqual(await leafHash(forged), rootOf([left, right]));
});

test("for any entries, the root is the one that RFC 9162 defines by recursion", async () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 70 });
  await fc.assert(
    fc.asyncProperty(entries, async (entries) => {
      assert.deepEqual(await rootOfEntries(entries), rootOf(entries.map(leafOf)));
    }),
  );
});
