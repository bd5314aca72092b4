import { HASH_BYTES } from "./merkle.ts";

/** How many hashes a full tile has, and how many entries a full bundle. */
export const TILE_WIDTH = 256;

/** One file of a tiled log. */
export interface TileAddress {
  /** 0 for leaf hashes; at each level above, a hash is the root of a full tile below. */
  readonly level: number | "entries";
  readonly index: number;
  /** 1 to {@link TILE_WIDTH}; less than that only for the last tile of a level. */
  readonly width: number;
}

/**
 * Where a tile or an entry bundle lies below the log's prefix: `tile/0/x001/x234/067`,
 * `tile/entries/000.p/15`.
 *
 * @source https://c2sp.org/tlog-tiles, "Merkle Tree" and "Log entries"
 */
export function tilePath({ level, index, width }: TileAddress): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/\d{3}/g)!;
  const last = groups.pop()!;
  const folders = groups.map((group) => `x${group}/`).join("");
  const partial = width < TILE_WIDTH ? `.p/${width}` : "";
  return `tile/${level}/${folders}${last}${partial}`;
}

/**
 * The tiles that one level of a log has.
 *
 * @param count How many hashes the level has: the log's size, divided by 256 once for each level.
 * @source https://c2sp.org/tlog-tiles, "Partial Tiles"
 */
export function* tilesOf(level: TileAddress["level"], count: number): Generator<TileAddress> {
  for (let index = 0; index * TILE_WIDTH < count; index += 1) {
    yield { level, index, width: Math.min(TILE_WIDTH, count - index * TILE_WIDTH) };
  }
}

/**
 * The hashes of a tile of `width`; `null` when the file has another length.
 *
 * @source https://c2sp.org/tlog-tiles, "Merkle Tree"
 */
export function parseTile(bytes: Uint8Array, width: number): Uint8Array[] | null {
  if (bytes.length !== width * HASH_BYTES) return null;
  return Array.from({ length: width }, (_, at) =>
    bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
}

/**
 * The entries of a bundle, each behind its length in 2 bytes, big-endian; `null` when the file
 * ends within one.
 *
 * @source https://c2sp.org/tlog-tiles, "Log entries"
 */
export function parseEntryBundle(bytes: Uint8Array): Uint8Array[] | null {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 2 > bytes.length) return null;
    const end = at + 2 + bytes[at]! * 256 + bytes[at + 1]!;
    if (end > bytes.length) return null;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}
