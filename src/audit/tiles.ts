import { utf8 } from "#kernel";
import { tilePath, tilesOf } from "#verify";

import type { AuditStore } from "./audit-store.ts";
import type { LogName } from "./log-names.ts";
import { TILE_WIDTH } from "./merkle.ts";
import type { Checkpoint } from "./notary.ts";

/** One file of an exported log: its path below the log's folder, and its bytes. */
export interface TileFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * A log as the files of a tlog-tiles folder, up to a checkpoint. Bundles whose bytes were pruned
 * are left out; their hashes are not.
 *
 * @source c2sp.org/tlog-tiles
 */
export async function* tileFiles(
  store: AuditStore,
  log: LogName,
  checkpoint: Checkpoint,
): AsyncGenerator<TileFile> {
  yield { path: "checkpoint", bytes: utf8(checkpoint.note) };
  for (let [level, count] = [0, checkpoint.size]; count > 0; level += 1) {
    for (const tile of tilesOf(level, count)) {
      const bytes = await store.hashes(log, level, tile.index * TILE_WIDTH, tile.width);
      yield { path: tilePath(tile), bytes };
    }
    count = Math.floor(count / TILE_WIDTH);
  }
  for (const tile of tilesOf("entries", checkpoint.size)) {
    const range = { from: tile.index * TILE_WIDTH, limit: tile.width };
    const entries = (await store.entries(log, range)).map(({ bytes }) => bytes);
    if (entries.every((bytes) => bytes !== null)) {
      yield { path: tilePath(tile), bytes: bundle(entries) };
    }
  }
}

/** Each entry behind its length, 16 bits, big-endian. */
function bundle(entries: readonly Uint8Array[]): Uint8Array {
  const chunks = entries.flatMap((entry) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(entry.length);
    return [length, entry];
  });
  return Buffer.concat(chunks);
}
