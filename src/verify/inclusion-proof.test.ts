import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as fc from "../../test/support/properties.ts";
import { verifyInclusion } from "./inclusion-proof.ts";
import { entriesOf, inclusionOf, leafOf, nodeOf, rootOf, splitOf } from "./sample-log.test.ts";

const leaves = entriesOf(53).map(leafOf);

const claims = fc
  .integer({ min: 1, max: leaves.length })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1) }))
  .map(({ size, index }) => {
    const tree = leaves.slice(0, size);
    const hashes = inclusionOf(index, tree);
    return { leaf: tree[index]!, index, size, root: rootOf(tree), hashes };
  });

/** The root that a proof leads to, by the recursive definition. */
function rootFrom(
  leaf: Uint8Array,
  index: number,
  size: number,
  hashes: readonly Uint8Array[],
): Uint8Array {
  if (size === 1) return leaf;
  const split = splitOf(size);
  const [rest, sibling] = [hashes.slice(0, -1), hashes.at(-1)!];
  if (index < split) return nodeOf(rootFrom(leaf, index, split, rest), sibling);
  return nodeOf(sibling, rootFrom(leaf, index - split, size - split, rest));
}

function heightOf(index: number, size: number): number {
  if (size === 1) return 0;
  const split = splitOf(size);
  return 1 + (index < split ? heightOf(index, split) : heightOf(index - split, size - split));
}

describe("an inclusion proof", () => {
  test("holds for every entry of a log of any size", async () => {
    await fc.assert(
      fc.asyncProperty(claims, async (claim) => assert.ok(await verifyInclusion(claim))),
    );
  });

  test("holds for no other index and no other entry", async () => {
    await fc.assert(
      fc.asyncProperty(claims, fc.nat(leaves.length), async (claim, index) => {
        fc.pre(index !== claim.index);
        assert.equal(await verifyInclusion({ ...claim, index }), false);
        const leaf = leaves[index] ?? new Uint8Array(32);
        assert.equal(await verifyInclusion({ ...claim, leaf }), false);
      }),
    );
  });

  test("is refused with a hash too many, too few, cut or changed", async () => {
    await fc.assert(
      fc.asyncProperty(claims, fc.nat(), fc.nat(255), async (claim, at, bit) => {
        const { hashes } = claim;
        const changed = hashes.map((hash) => hash.slice());
        const hash = changed[at % Math.max(1, changed.length)];
        if (hash !== undefined) hash[bit >> 3]! ^= 1 << (bit & 7);
        const wrong = [
          [...hashes, leaves[0]!],
          [leaves[0]!, ...hashes],
        ];
        if (hashes.length > 0) {
          wrong.push(hashes.slice(1), hashes.slice(0, -1), changed);
          wrong.push([...hashes.slice(0, -1), hashes.at(-1)!.subarray(0, 31)]);
        }
        for (const hashes of wrong) {
          assert.equal(await verifyInclusion({ ...claim, hashes }), false);
        }
      }),
    );
  });

  test("is refused when it climbs above the root, though the hashes fit", async () => {
    const [leaf, sibling] = [leaves[0]!, leaves[1]!];
    const claim = { leaf, index: 0, hashes: [sibling] };
    assert.ok(await verifyInclusion({ ...claim, size: 2, root: nodeOf(leaf, sibling) }));
    assert.equal(await verifyInclusion({ ...claim, size: 1, root: nodeOf(sibling, leaf) }), false);
  });

  test("holds in logs of any size a number can count: no size is cut to 32 bits", async () => {
    const huge = fc
      .maxSafeNat()
      .filter((size) => size > 0)
      .chain((size) =>
        fc.tuple(
          fc.constant(size),
          fc.maxSafeNat().map((n) => n % size),
        ),
      );
    await fc.assert(
      fc.asyncProperty(huge, async ([size, index]) => {
        const leaf = leafOf(Buffer.from("the entry"));
        const hashes = leaves.slice(0, heightOf(index, size));
        const root = rootFrom(leaf, index, size, hashes);
        assert.ok(await verifyInclusion({ leaf, index, size, root, hashes }));
        const other = (index + 2 ** 32) % size;
        fc.pre(other !== index);
        assert.equal(await verifyInclusion({ leaf, index: other, size, root, hashes }), false);
      }),
    );
  });

  test("is refused for what is no index and no size", async () => {
    const one = { leaf: leaves[0]!, index: 0, size: 1, root: leaves[0]!, hashes: [] };
    assert.ok(await verifyInclusion(one));
    for (const number of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
      assert.equal(await verifyInclusion({ ...one, index: number }), false);
      assert.equal(await verifyInclusion({ ...one, size: number }), false);
    }
  });
});
