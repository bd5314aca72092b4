import { utf8 } from "#kernel";

import type { AuditStore } from "./audit-store.ts";
import type { LogName } from "./entry.ts";
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
  for (let [level, size] = [0, checkpoint.size]; size > 0; level += 1) {
    for (let start = 0; start < size; start += TILE_WIDTH) {
      const width = Math.min(TILE_WIDTH, size - start);
      const bytes = await store.hashes(log, level, start, width);
      yield { path: `tile/${level}/${tileNumber(start, width)}`, bytes };
    }
    size = Math.floor(size / TILE_WIDTH);
  }
  yield* bundles(store, log, checkpoint.size);
}

async function* bundles(store: AuditStore, log: LogName, size: number): AsyncGenerator<TileFile> {
  for (let start = 0; start < size; start += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, size - start);
    const entries = await store.entries(log, { from: start, limit: width });
    if (entries.some((entry) => entry.bytes === null)) continue;
    const bytes = bundle(entries.map((entry) => entry.bytes!));
    yield { path: `tile/entries/${tileNumber(start, width)}`, bytes };
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

/** 1234067 → `x001/x234/067`; a tile that is not full yet ends in `.p/<width>`. */
function tileNumber(start: number, width: number): string {
  const digits = String(start / TILE_WIDTH);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const groups = padded.match(/\d{3}/g)!;
  const path = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join("/");
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}
