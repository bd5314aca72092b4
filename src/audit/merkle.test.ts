import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { describe, test } from "node:test";

import { treeRoot, verifyConsistency, verifyInclusion } from "#verify";

import * as fc from "../../test/support/properties.ts";
import type { Head } from "./audit-store.ts";
import {
  appendLeaf,
  consistencyProof,
  headAt,
  inclusionProof,
  leafHash,
  nodeHash,
  rootOf,
  type ReadHashes,
} from "./merkle.ts";

/** Beyond 256², so that tiles of level 2 have a hash. */
const LEAVES = 66_000;

const leaves = Array.from({ length: LEAVES }, (_, at) => hash("sha256", `${at}`, "buffer"));

/** Each level's hashes, and the root at each size, made leaf by leaf as the store makes them. */
const levels: Uint8Array[][] = [leaves, [], []];
const roots: Uint8Array[] = [];
let grown: Head = { size: 0, frontier: [] };
roots.push(rootOf(grown));
for (const leaf of leaves) {
  const { head, completed } = appendLeaf(grown, leaf);
  for (const { level, index, hash } of completed) {
    assert.equal(levels[level]!.push(hash), index + 1);
  }
  grown = head;
  roots.push(rootOf(head));
}

/** Reads like a store whose log has just `size` leaves: what is not there yet must not be asked. */
function readAt(size: number): ReadHashes {
  return async (level, from, count) => {
    assert.ok((from + count) * 256 ** level <= size, "asks only for hashes that are final");
    return Buffer.concat(levels[level]!.slice(from, from + count));
  };
}

const short: ReadHashes = async (...at) => (await readAt(LEAVES)(...at)).subarray(0, -32);

async function includes(index: number, size: number): Promise<boolean> {
  const hashes = await inclusionProof(readAt(size), index, size);
  return verifyInclusion({ leaf: leaves[index]!, index, size, root: roots[size]!, hashes });
}

async function extendsOld(oldSize: number, newSize: number): Promise<boolean> {
  const hashes = await consistencyProof(readAt(newSize), oldSize, newSize);
  const [oldRoot, newRoot] = [roots[oldSize]!, roots[newSize]!];
  return verifyConsistency({ oldSize, oldRoot, newSize, newRoot, hashes }, nodeHash);
}

const sizes = fc.integer({ min: 1, max: LEAVES });

describe("the tree", () => {
  test("grows leaf by leaf into the tree that the verifier builds from all leaves", async () => {
    for (const size of [...Array(300).keys(), 512, 5000]) {
      assert.deepEqual(
        Buffer.from(roots[size]!),
        Buffer.from(await treeRoot(leaves.slice(0, size))),
      );
    }
  });

  test("keeps one frontier root for each set bit of its size", () => {
    let head: Head = { size: 0, frontier: [] };
    for (const leaf of leaves.slice(0, 300)) {
      head = appendLeaf(head, leaf).head;
      assert.equal(head.frontier.length, head.size.toString(2).replaceAll("0", "").length);
    }
  });

  test("of no entries has the hash of nothing as its root, and that of one the leaf itself", () => {
    assert.equal(
      Buffer.from(roots[0]!).toString("base64"),
      "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    );
    assert.deepEqual(Buffer.from(leafHash(Buffer.of(1))), hash("sha256", "\u0000\u0001", "buffer"));
    assert.equal(roots[1], leaves[0]);
  });

  test("is found again as it was at any earlier size, from its tiles", async () => {
    for (const size of Array(300).keys()) {
      const head = await headAt(readAt(size), size);
      assert.deepEqual(rootOf(head), roots[size]);
      assert.equal(head.size, size);
    }
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        assert.deepEqual(rootOf(await headAt(readAt(LEAVES), size)), roots[size]);
      }),
    );
  });

  test("with a hash missing is no tree: nothing is made up in its place", async () => {
    await assert.rejects(headAt(short, 300), { code: "LOG_FORKED" });
    await assert.rejects(inclusionProof(short, 3, 300), { code: "LOG_FORKED" });
  });
});

describe("an inclusion proof", () => {
  test("verifies for every entry of every small log", async () => {
    for (let size = 1; size <= 40; size += 1) {
      for (let index = 0; index < size; index += 1) assert.ok(await includes(index, size));
    }
  });

  test("verifies for the first, the last and some entry of every log up to 300", async () => {
    for (let size = 1; size <= 300; size += 1) {
      const some = Math.floor((size * 7) / 11);
      for (const index of new Set([0, some, size - 1])) assert.ok(await includes(index, size));
    }
  });

  test("verifies for any entry of any larger log, and for no other leaf", async () => {
    const anywhere = sizes.chain((size) =>
      fc.tuple(fc.integer({ min: 0, max: size - 1 }), fc.constant(size)),
    );
    await fc.assert(
      fc.asyncProperty(anywhere, async ([index, size]) => {
        assert.ok(await includes(index, size));
        const hashes = await inclusionProof(readAt(size), index, size);
        const leaf = hash("sha256", "another", "buffer");
        const claim = { leaf, index, size, root: roots[size]!, hashes };
        assert.equal(await verifyInclusion(claim), false);
      }),
    );
  });
});

describe("a consistency proof", () => {
  test("verifies between all sizes of every small log", async () => {
    for (let size = 1; size <= 40; size += 1) {
      for (let old = 1; old <= size; old += 1) assert.ok(await extendsOld(old, size));
    }
  });

  test("verifies from some earlier size of every log up to 300", async () => {
    for (let size = 2; size <= 300; size += 1) {
      const power = 2 ** Math.floor(Math.log2(size));
      const some = Math.floor((size * 7) / 11);
      for (const old of new Set([1, some, power, size - 1])) {
        assert.ok(await extendsOld(old, size), `${old} to ${size}`);
      }
    }
  });

  test("verifies between any two larger sizes, and not against another old root", async () => {
    const pairs = fc.tuple(sizes, sizes).map(([one, two]) => [one, two].toSorted((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(pairs, async ([old, size]) => {
        assert.ok(await extendsOld(old!, size!));
        const hashes = await consistencyProof(readAt(size!), old!, size!);
        const [oldSize, newSize, newRoot] = [old!, size!, roots[size!]!];
        const oldRoot = hash("sha256", "another", "buffer");
        assert.equal(
          await verifyConsistency({ oldSize, oldRoot, newSize, newRoot, hashes }, nodeHash),
          false,
        );
      }),
    );
  });

  test("is judged the same by the verifier's own hash as by ours", async () => {
    for (const [oldSize, newSize] of [
      [3, 7],
      [256, 300],
      [257, 65_537],
    ] as const) {
      const hashes = await consistencyProof(readAt(newSize), oldSize, newSize);
      const claim = {
        oldSize,
        oldRoot: roots[oldSize]!,
        newSize,
        newRoot: roots[newSize]!,
        hashes,
      };
      assert.equal(await verifyConsistency(claim), true);
      assert.equal(await verifyConsistency(claim, nodeHash), true);
      assert.equal(await verifyConsistency({ ...claim, newRoot: roots[1]! }), false);
    }
  });
});
