import { fromUtf8, sameBytes, type Bytes } from "./bytes.ts";
import { verifyCheckpoint, type Checkpoint, type CheckpointFault } from "./checkpoint.ts";
import { leafHash, treeRoot } from "./merkle.ts";
import {
  parseEntryBundle,
  parseTile,
  TILE_WIDTH,
  tilePath,
  tilesOf,
  type TileAddress,
} from "./tiles.ts";

/** A log exported as a folder, or served over HTTP. */
export interface ExportedLog {
  /** A file's bytes, or `null` when there is none. `path` is relative, with `/`. */
  read(path: string): Promise<Uint8Array | null>;
  readonly verifierKey: string;
}

export type LogFault =
  | CheckpointFault
  | "checkpoint-missing"
  | "tile-missing"
  | "tile-malformed"
  /** A tile holds another hash than the tile below it gives. */
  | "tile-differs"
  /** An entry bundle is missing above the first one that is there. */
  | "bundle-missing"
  | "bundle-malformed"
  /** An entry is not the one that was logged. */
  | "entry-differs"
  /** The tiles fit each other, and not the signed checkpoint. */
  | "root-differs";

export type LogResult =
  | {
      readonly valid: true;
      readonly origin: string;
      readonly size: number;
      readonly root: Bytes;
      /**
       * The entries before this number were pruned: their hashes still hold the tree together,
       * their bytes were not there to be checked. 0 when every entry was checked.
       */
      readonly prunedBelow: number;
    }
  | {
      readonly valid: false;
      readonly reason: LogFault;
      /** The file at fault. */
      readonly path: string;
      /** The number of the entry at fault, for `entry-differs`. */
      readonly index?: number;
    };

type Refusal = Extract<LogResult, { valid: false }>;
type Level = { readonly roots: readonly Uint8Array[]; readonly rest: readonly Uint8Array[] };
type Check = (tile: TileAddress, hashes: readonly Uint8Array[]) => Promise<Refusal | null>;

const CHECKPOINT = "checkpoint";

/**
 * Checks a whole log from its bytes: every entry against its hash in the tiles, every tile against
 * the tile above, and the root against the signed checkpoint.
 *
 * Cost: one hash for each entry and each node; in memory one hash for each 256 entries.
 * Limits: a log cannot show that it is the newest one, or the only one of its name. For that,
 * keep an earlier checkpoint and ask for a consistency proof.
 *
 * @throws whatever `read` throws: a file that cannot be read is no verdict on the log.
 * @source https://c2sp.org/tlog-tiles
 */
export async function checkLog(log: ExportedLog): Promise<LogResult> {
  const note = await log.read(CHECKPOINT);
  if (note === null) return refuse("checkpoint-missing", CHECKPOINT);
  const signed = await verifyCheckpoint(fromUtf8(note) ?? "", log.verifierKey);
  if (!signed.valid) return refuse(signed.reason, CHECKPOINT);

  const { checkpoint } = signed;
  const bundles = entryCheck(log);
  const root = await checkTree(log, checkpoint, bundles.check);
  if ("reason" in root) return root;
  if (!sameBytes(root, checkpoint.root)) return refuse("root-differs", CHECKPOINT);
  return { valid: true, ...checkpoint, prunedBelow: bundles.prunedBelow() };
}

/** Every level from the leaves up, and then the root over what each has left at its right end. */
async function checkTree(
  log: ExportedLog,
  { size }: Checkpoint,
  checkEntries: Check,
): Promise<Uint8Array | Refusal> {
  const rests: (readonly Uint8Array[])[] = [];
  let check = checkEntries;
  for (let level = 0, count = size; count > 0; level += 1) {
    const checked = await checkLevel(log, tilesOf(level, count), check);
    if ("reason" in checked) return checked;
    rests.push(checked.rest);
    check = tileCheck(checked.roots);
    count = checked.roots.length;
  }
  // A level's rest stands left of everything that the levels below it have left.
  let right: readonly Uint8Array[] = [];
  for (const rest of rests) {
    const row = [...rest, ...right];
    right = row.length === 0 ? [] : [await treeRoot(row)];
  }
  return treeRoot(right);
}

async function checkLevel(
  log: ExportedLog,
  tiles: Iterable<TileAddress>,
  check: Check,
): Promise<Level | Refusal> {
  const roots: Uint8Array[] = [];
  let rest: readonly Uint8Array[] = [];
  for (const tile of tiles) {
    const bytes = await readWhole(log, tile);
    if (bytes === null) return refuse("tile-missing", tilePath(tile));
    const hashes = parseTile(bytes.file, bytes.width)?.slice(0, tile.width);
    if (hashes === undefined) return refuse("tile-malformed", tilePath(tile));
    const fault = await check(tile, hashes);
    if (fault !== null) return fault;
    if (tile.width === TILE_WIDTH) roots.push(await treeRoot(hashes));
    else rest = hashes;
  }
  return { roots, rest };
}

/** That a tile holds the roots of the tiles below it. */
function tileCheck(roots: readonly Uint8Array[]): Check {
  return async (tile, hashes) => {
    const start = tile.index * TILE_WIDTH;
    const same = hashes.every((hash, at) => sameBytes(hash, roots[start + at]!));
    return same ? null : refuse("tile-differs", tilePath(tile));
  };
}

/** That the entries hash to their tile, and where the first entry is that still has its bytes. */
function entryCheck(log: ExportedLog): { check: Check; prunedBelow(): number } {
  let prunedBelow = 0;
  return {
    prunedBelow: () => prunedBelow,
    async check(tile, hashes) {
      const start = tile.index * TILE_WIDTH;
      const bundle: TileAddress = { ...tile, level: "entries" };
      const path = tilePath(bundle);
      const bytes = await readWhole(log, bundle);
      if (bytes === null) {
        // Only whole bundles are pruned, and only from the start.
        const prunable = prunedBelow === start && tile.width === TILE_WIDTH;
        if (!prunable) return refuse("bundle-missing", path);
        prunedBelow = start + TILE_WIDTH;
        return null;
      }
      const entries = parseEntryBundle(bytes.file);
      if (entries?.length !== bytes.width) return refuse("bundle-malformed", path);
      const found = await Promise.all(entries.slice(0, tile.width).map(leafHash));
      const wrong = found.findIndex((hash, at) => !sameBytes(hash, hashes[at]!));
      if (wrong === -1) return null;
      return { valid: false, reason: "entry-differs", path, index: start + wrong };
    },
  };
}

/** The file of a tile. A partial one may be gone once the full one, which begins with it, exists. */
async function readWhole(
  log: ExportedLog,
  tile: TileAddress,
): Promise<{ readonly file: Uint8Array; readonly width: number } | null> {
  for (const width of new Set([tile.width, TILE_WIDTH])) {
    const file = await log.read(tilePath({ ...tile, width }));
    if (file !== null) return { file, width };
  }
  return null;
}

function refuse(reason: LogFault, path: string): Refusal {
  return { valid: false, reason, path };
}
