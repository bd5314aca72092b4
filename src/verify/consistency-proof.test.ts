import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as fc from "../../test/support/properties.ts";
import { verifyConsistency } from "./consistency-proof.ts";
import { consistencyOf, entriesOf, leafOf, nodeOf, rootOf } from "./sample-log.test.ts";

const leaves = entriesOf(40).map(leafOf);

const claims = fc
  .integer({ min: 1, max: leaves.length })
  .chain((newSize) => fc.tuple(fc.constant(newSize), fc.integer({ min: 1, max: newSize })))
  .map(([newSize, oldSize]) => {
    const tree = leaves.slice(0, newSize);
    return {
      oldSize,
      oldRoot: rootOf(tree.slice(0, oldSize)),
      newSize,
      newRoot: rootOf(tree),
      hashes: consistencyOf(oldSize, tree),
    };
  });

describe("a consistency proof", () => {
  test("holds between any two sizes of one log", async () => {
    await fc.assert(
      fc.asyncProperty(claims, async (claim) => assert.ok(await verifyConsistency(claim))),
    );
  });

  test("holds for no other sizes", async () => {
    await fc.assert(
      fc.asyncProperty(claims, fc.nat(leaves.length), async (claim, size) => {
        fc.pre(size !== claim.oldSize);
        assert.equal(await verifyConsistency({ ...claim, oldSize: size }), false);
      }),
    );
  });

  test("is refused when the old log was rewritten, however the proof is made", async () => {
    await fc.assert(
      fc.asyncProperty(claims, fc.nat(), async (claim, at) => {
        const rewritten = leaves.slice(0, claim.newSize);
        rewritten[at % claim.oldSize] = leafOf(Buffer.from("rewritten"));
        const newRoot = rootOf(rewritten);
        const hashes = consistencyOf(claim.oldSize, rewritten);
        assert.equal(await verifyConsistency({ ...claim, newRoot, hashes }), false);
      }),
    );
  });

  test("is refused with a hash too many or too few", async () => {
    await fc.assert(
      fc.asyncProperty(claims, async (claim) => {
        const { hashes } = claim;
        const wrong = [[...hashes, leaves[0]!]];
        if (hashes.length > 0) wrong.push(hashes.slice(1), hashes.slice(0, -1));
        for (const hashes of wrong) {
          assert.equal(await verifyConsistency({ ...claim, hashes }), false);
        }
      }),
    );
  });

  test("is refused when it climbs above the roots, though the hashes fit", async () => {
    const claim = { oldSize: 3, newSize: 5 };
    const [third, fourth, fifth] = [leaves[2]!, leaves[3]!, leaves[4]!];
    const [top, above] = [leaves[5]!, leaves[6]!];
    const oldRoot = nodeOf(top, third);
    const newRoot = nodeOf(nodeOf(top, nodeOf(third, fourth)), fifth);
    const hashes = [third, fourth, top, fifth];
    assert.ok(await verifyConsistency({ ...claim, oldRoot, newRoot, hashes }));
    const higher = { oldRoot: nodeOf(above, oldRoot), newRoot: nodeOf(above, newRoot) };
    assert.equal(
      await verifyConsistency({ ...claim, ...higher, hashes: [...hashes, above] }),
      false,
    );
  });

  test("is refused from the empty log, which proves nothing", async () => {
    const claim = { oldRoot: rootOf([]), newSize: 1, newRoot: leaves[0]!, hashes: [] };
    assert.equal(await verifyConsistency({ ...claim, oldSize: 0 }), false);
  });
});
