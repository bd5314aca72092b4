/** The golden log of transparency-dev/tessera: 15 entries and a checkpoint at each size. */
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  checkLog,
  leafHash,
  parseEntryBundle,
  rootOfEntries,
  tilePath,
  verifyCheckpoint,
} from "#verify";

import { hasVector, vectorBytes, VECTORS, vectorText } from "./vectors.ts";

const LOG = "tessera-log";
const ORIGIN = "example.com/log/testdata";
const VERIFIER_KEY = `${ORIGIN}+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx`;
const SIZES = Array.from({ length: 16 }, (_, size) => size);

function entries(): Uint8Array[] {
  return parseEntryBundle(vectorBytes(`${LOG}/tile/entries/000.p/15`))!;
}

test(
  "every checkpoint of the golden log is signed, and has the root of its entries",
  VECTORS,
  async () => {
    for (const size of SIZES) {
      const note = vectorText(`${LOG}/checkpoint.${size}`);
      const root = await rootOfEntries(entries().slice(0, size));
      const signed = await verifyCheckpoint(note, VERIFIER_KEY);
      assert.deepEqual(signed, { valid: true, checkpoint: { origin: ORIGIN, size, root } });
    }
  },
);

test("the golden log is valid at each of its sizes", VECTORS, async () => {
  for (const size of SIZES) {
    const result = await checkLog({
      verifierKey: VERIFIER_KEY,
      async read(path) {
        const file = `${LOG}/${path === "checkpoint" ? `checkpoint.${size}` : path}`;
        return hasVector(file) ? vectorBytes(file) : null;
      },
    });
    assert.equal(result.valid && result.size, size);
    assert.equal(result.valid && result.prunedBelow, 0);
  }
});

test(
  "the golden log's bundles and tiles are, byte for byte, what its entries give",
  VECTORS,
  async () => {
    for (const width of SIZES.slice(1)) {
      const some = entries().slice(0, width);
      const bundle = some.flatMap((entry) => [Uint8Array.of(0, entry.length), entry]);
      const tile = await Promise.all(some.map(leafHash));
      const address = { index: 0, width };
      for (const [level, parts] of [
        ["entries", bundle],
        [0, tile],
      ] as const) {
        const golden = vectorBytes(`${LOG}/${tilePath({ ...address, level })}`);
        assert.deepEqual(new Uint8Array(Buffer.concat(parts)), golden);
      }
    }
  },
);
