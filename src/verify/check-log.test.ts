import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as fc from "../../test/support/properties.ts";
import { checkLog, type LogFault } from "./check-log.ts";
import {
  bundleOf,
  checkpointText,
  entriesOf,
  folderOf,
  leafOf,
  ledger,
  ORIGIN,
  rootOf,
  signerOf,
} from "./sample-log.test.ts";

type Folder = Map<string, Uint8Array>;

const { verifierKey } = ledger;
const check = (folder: Folder, key = verifierKey) =>
  checkLog({ read: async (path) => folder.get(path) ?? null, verifierKey: key });

/** Two full tiles and a partial one. */
const entries = entriesOf(700);

function changed(change: (folder: Folder) => void): Folder {
  const folder = folderOf(entries);
  change(folder);
  return folder;
}

function flipped(path: string, at: number): Folder {
  return changed((folder) => {
    const bytes = Uint8Array.from(folder.get(path)!);
    bytes[at]! ^= 1;
    folder.set(path, bytes);
  });
}

describe("an exported log", () => {
  for (const size of [0, 1, 2, 255, 256, 257, 511, 512, 700]) {
    test(`of ${size} entries is valid as it was written`, async () => {
      const entries = entriesOf(size);
      assert.deepEqual(await check(folderOf(entries)), {
        valid: true,
        origin: ORIGIN,
        size,
        root: rootOf(entries.map(leafOf)),
        prunedBelow: 0,
      });
    });
  }

  test("of 65,536 entries and more is checked at every level", async () => {
    const folder = folderOf(entriesOf(256 * 256 + 300));
    assert.ok(folder.has("tile/1/000") && folder.has("tile/2/000.p/1"));
    const result = await check(folder);
    assert.equal(result.valid && result.size, 256 * 256 + 300);
  });

  test("may have full tiles where its checkpoint asks for partial ones: it grew meanwhile", async () => {
    const [before, after] = [folderOf(entriesOf(300)), folderOf(entriesOf(600))];
    after.set("checkpoint", before.get("checkpoint")!);
    after.set("tile/1/000.p/1", before.get("tile/1/000.p/1")!);
    assert.deepEqual(await check(after), await check(before));
  });

  test("names the entry that was changed", async () => {
    const bundle = entries.slice(256, 512);
    bundle[44] = Buffer.from("entry 3oo");
    const folder = changed((folder) => folder.set("tile/entries/001", bundleOf(bundle)));
    assert.deepEqual(await check(folder), {
      valid: false,
      reason: "entry-differs",
      path: "tile/entries/001",
      index: 300,
    });
  });

  const others: [string, LogFault, string, () => Folder][] = [
    ["without a checkpoint", "checkpoint-missing", "checkpoint", () => new Map()],
    ["whose checkpoint is not text", "note-malformed", "checkpoint", () => notText()],
    [
      "whose checkpoint was changed",
      "signature-wrong",
      "checkpoint",
      () => flipped("checkpoint", 19),
    ],
    ["without a tile", "tile-missing", "tile/0/001", () => without("tile/0/001")],
    [
      "without its last tile",
      "tile-missing",
      "tile/0/002.p/188",
      () => without("tile/0/002.p/188"),
    ],
    ["without an upper tile", "tile-missing", "tile/1/000.p/2", () => without("tile/1/000.p/2")],
    ["with a cut tile", "tile-malformed", "tile/0/000", () => cut("tile/0/000")],
    ["with a cut bundle", "bundle-malformed", "tile/entries/000", () => cut("tile/entries/000")],
    [
      "whose upper tile was changed",
      "tile-differs",
      "tile/1/000.p/2",
      () => flipped("tile/1/000.p/2", 40),
    ],
    ["whose tile was changed", "entry-differs", "tile/entries/001", () => flipped("tile/0/001", 0)],
    [
      "with a hole in its entries",
      "bundle-missing",
      "tile/entries/001",
      () => without("tile/entries/001"),
    ],
    [
      "without its newest entries",
      "bundle-missing",
      "tile/entries/002.p/188",
      () => without("tile/entries/002.p/188"),
    ],
    [
      "with an entry too few",
      "bundle-malformed",
      "tile/entries/001",
      () => bundled(entries.slice(256, 511)),
    ],
    [
      "with an entry too many",
      "bundle-malformed",
      "tile/entries/001",
      () => bundled(entries.slice(256, 513)),
    ],
    ["rewritten and not signed again", "root-differs", "checkpoint", () => rewritten()],
  ];
  for (const [what, reason, path, folder] of others) {
    test(`${what} is refused`, async () => {
      const result = await check(folder());
      assert.deepEqual(
        [!result.valid && result.reason, !result.valid && result.path],
        [reason, path],
      );
    });
  }

  test("is refused under another key", async () => {
    const result = await check(folderOf(entries), signerOf(ORIGIN, 8).verifierKey);
    assert.equal(!result.valid && result.reason, "signature-missing");
  });

  test("is refused with any byte of any file changed", async () => {
    const folder = folderOf(entriesOf(300));
    const files = [...folder.keys()];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (path, at, mask) => {
          const bytes = Uint8Array.from(folder.get(path)!);
          bytes[at % bytes.length]! ^= mask;
          assert.equal((await check(new Map(folder).set(path, bytes))).valid, false);
        },
      ),
      { numRuns: process.env["OUBLI_THOROUGH"] === "1" ? 300 : 80 },
    );
  });
});

describe("a pruned log", () => {
  test("is valid by its tiles, and says from where on its entries were checked", async () => {
    for (const count of [0, 1, 2]) {
      const result = await check(pruned(count));
      assert.equal(result.valid && result.prunedBelow, count * 256);
    }
  });

  test("keeps its last, partial bundle: only whole ones are pruned", async () => {
    const folder = pruned(2);
    folder.delete("tile/entries/002.p/188");
    const result = await check(folder);
    assert.equal(!result.valid && result.path, "tile/entries/002.p/188");
  });

  test("is refused when a hash of a pruned entry was changed", async () => {
    const folder = pruned(1);
    const bytes = Uint8Array.from(folder.get("tile/0/000")!);
    bytes[0]! ^= 1;
    const result = await check(folder.set("tile/0/000", bytes));
    assert.equal(!result.valid && result.reason, "tile-differs");
  });
});

/** Without its first `count` entry bundles, all tiles there. */
function pruned(count: number): Folder {
  return changed((folder) => {
    for (let n = 0; n < count; n += 1) folder.delete(`tile/entries/00${n}`);
  });
}

function without(path: string): Folder {
  return changed((folder) => folder.delete(path));
}

function cut(path: string): Folder {
  return changed((folder) => folder.set(path, folder.get(path)!.subarray(0, -1)));
}

function bundled(entries: readonly Uint8Array[]): Folder {
  return changed((folder) => folder.set("tile/entries/001", bundleOf(entries)));
}

function notText(): Folder {
  return new Map([["checkpoint", Uint8Array.of(0xff)]]);
}

/** Another entry, and every tile made to fit it. */
function rewritten(): Folder {
  const folder = folderOf(entries.with(5, Buffer.from("rewritten")));
  const text = checkpointText(entries.length, rootOf(entries.map(leafOf)));
  return folder.set("checkpoint", Buffer.from(ledger.note(text)));
}
