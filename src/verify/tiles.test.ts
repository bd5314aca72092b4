import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as fc from "../../test/support/properties.ts";
import { bundleOf } from "./sample-log.test.ts";
import { parseEntryBundle, parseTile, tilePath, tilesOf } from "./tiles.ts";

const widthsOf = (level: number, count: number) =>
  [...tilesOf(level, count)].map(({ width }) => width);

describe("a tiled log", () => {
  test("has its tiles where C2SP says", () => {
    const full = { level: 0, width: 256 };
    assert.equal(tilePath({ ...full, index: 0 }), "tile/0/000");
    assert.equal(tilePath({ ...full, index: 999 }), "tile/0/999");
    assert.equal(tilePath({ ...full, index: 1000 }), "tile/0/x001/000");
    assert.equal(tilePath({ ...full, index: 1234067 }), "tile/0/x001/x234/067");
    assert.equal(tilePath({ level: 2, index: 3, width: 17 }), "tile/2/003.p/17");
    assert.equal(tilePath({ level: "entries", index: 0, width: 15 }), "tile/entries/000.p/15");
  });

  test("has the tiles of C2SP's example: 70,000 entries", () => {
    const [leaves, above, top] = [70_000, 273, 1].map((count, level) => widthsOf(level, count));
    assert.deepEqual([leaves?.length, leaves?.at(-1)], [274, 112]);
    assert.deepEqual(above, [256, 17]);
    assert.deepEqual(top, [1]);
  });

  test("has no empty tile", () => {
    assert.deepEqual(widthsOf(0, 0), []);
    assert.deepEqual(widthsOf(0, 256), [256]);
    assert.deepEqual(widthsOf(0, 257), [256, 1]);
  });

  test("has a place of its own for every tile", () => {
    const index = fc.maxSafeNat();
    fc.assert(
      fc.property(index, index, (one, other) => {
        const paths = [one, other].map((index) => tilePath({ level: 0, index, width: 256 }));
        assert.equal(paths[0] === paths[1], one === other);
        assert.match(paths[0]!, /^tile\/0\/(x\d{3}\/)*\d{3}$/);
      }),
    );
  });

  test("has tiles of whole hashes", () => {
    assert.deepEqual(parseTile(new Uint8Array(64), 2), [new Uint8Array(32), new Uint8Array(32)]);
    for (const length of [0, 63, 65, 32]) assert.equal(parseTile(new Uint8Array(length), 2), null);
  });

  test("has bundles that give back any entries, the empty and the longest included", () => {
    const longest = new Uint8Array(65_535).fill(7);
    assert.deepEqual(parseEntryBundle(bundleOf([longest, new Uint8Array(0)]))?.[0], longest);
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 600 })), (entries) => {
        assert.deepEqual(parseEntryBundle(bundleOf(entries)), entries);
      }),
    );
  });

  test("has no bundle that ends within an entry", () => {
    const bundle = bundleOf([Uint8Array.of(1, 2, 3)]);
    for (const length of [1, 2, 3, 4]) {
      assert.equal(parseEntryBundle(bundle.subarray(0, length)), null);
    }
  });
});
