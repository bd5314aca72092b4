/** Proof vectors of transparency-dev/merkle. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { verifyConsistency, verifyInclusion } from "#verify";

import { vectorJson, VECTORS } from "./vectors.ts";

interface Vector {
  readonly name: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

interface InclusionVector extends Vector {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string | null;
  readonly leafHash: string | null;
}

interface ConsistencyVector extends Vector {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string | null;
  readonly root2: string | null;
}

const bytes = (text: string | null) => new Uint8Array(Buffer.from(text ?? "", "base64"));

test(
  "98 inclusion proofs: those that hold are accepted, those that do not refused",
  VECTORS,
  async () => {
    const vectors = vectorJson<InclusionVector[]>("merkle-inclusion.json");
    assert.equal(vectors.length, 98);
    for (const vector of vectors) {
      const holds = await verifyInclusion({
        leaf: bytes(vector.leafHash),
        index: vector.leafIdx,
        size: vector.treeSize,
        root: bytes(vector.root),
        hashes: (vector.proof ?? []).map(bytes),
      });
      assert.equal(holds, !vector.wantErr, vector.name);
    }
  },
);

test(
  "98 consistency proofs: those that hold are accepted, those that do not refused",
  VECTORS,
  async () => {
    const vectors = vectorJson<ConsistencyVector[]>("merkle-consistency.json");
    assert.equal(vectors.length, 98);
    for (const vector of vectors) {
      const holds = await verifyConsistency({
        oldSize: vector.size1,
        oldRoot: bytes(vector.root1),
        newSize: vector.size2,
        newRoot: bytes(vector.root2),
        hashes: (vector.proof ?? []).map(bytes),
      });
      assert.equal(holds, !vector.wantErr, vector.name);
    }
  },
);
