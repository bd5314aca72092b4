import { hash } from "node:crypto";

import { OubliError } from "#kernel";

import type { Head } from "./audit-store.ts";

/** Hashes in one tile, and the height of the subtree under one hash of the next level. */
export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;
const HASH_BYTES = 32;

const EMPTY_ROOT = hash("sha256", "", "buffer");

/** @source RFC 6962 §2.1: a leaf's hash is SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): Uint8Array {
  const input = Buffer.allocUnsafe(entry.length + 1);
  input[0] = 0;
  input.set(entry, 1);
  return hash("sha256", input, "buffer");
}

/** @source RFC 6962 §2.1: an inner node's hash is SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const input = Buffer.allocUnsafe(65);
  input[0] = 1;
  input.set(left, 1);
  input.set(right, 33);
  return hash("sha256", input, "buffer");
}

/** A hash that became final with an append: the root of a full tile. */
export interface TileHash {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

/**
 * The head after one more leaf, and the hashes of higher tile levels that it completed.
 *
 * The frontier holds one root for each set bit of `size`. Adding a leaf is adding one in binary:
 * each carry joins two subtrees of the same height.
 */
export function appendLeaf(head: Head, leaf: Uint8Array): { head: Head; completed: TileHash[] } {
  const frontier = [...head.frontier];
  const completed: TileHash[] = [];
  const size = head.size + 1;
  let root = leaf;
  for (let height = 1; size % 2 ** height === 0; height += 1) {
    root = nodeHash(frontier.pop()!, root);
    if (height % TILE_HEIGHT === 0) {
      completed.push({ level: height / TILE_HEIGHT, index: size / 2 ** height - 1, hash: root });
    }
  }
  frontier.push(root);
  return { head: { size, frontier }, completed };
}

/** The root of the whole tree: the frontier's subtrees joined from the smallest up. */
export function rootOf(head: Head): Uint8Array {
  return head.frontier.length === 0
    ? EMPTY_ROOT
    : head.frontier.reduceRight((right, left) => nodeHash(left, right));
}

/**
 * Reads `count` hashes of a tile level, from `from` on; see `AuditStore.hashes`. One that is kept
 * makes later proofs cheaper.
 */
export type ReadHashes = (level: number, from: number, count: number) => Promise<Uint8Array>;

/** Roots of subtrees that one reader asked for before, by height and index. */
const subtrees = new WeakMap<ReadHashes, Map<string, Uint8Array>>();
const SUBTREES_MAX = 4096;

/**
 * As {@link readSubtree}, remembered for as long as the reader lives.
 *
 * Why it is safe: a subtree that is full never changes in a log that only grows. If the store's
 * history were replaced underneath, the proof would not fit the new root, and be refused.
 */
async function subtreeRoot(read: ReadHashes, height: number, index: number): Promise<Uint8Array> {
  const known = subtrees.get(read) ?? new Map<string, Uint8Array>();
  const name = `${height}/${index}`;
  const root = known.get(name) ?? (await readSubtree(read, height, index));
  if (known.size >= SUBTREES_MAX) known.clear();
  subtrees.set(read, known.set(name, root));
  return root;
}

/**
 * The root of the perfect subtree of `2 ** height` leaves that is number `index` of its height.
 *
 * @throws {OubliError} `LOG_FORKED` when a hash is missing that the log must have.
 */
async function readSubtree(read: ReadHashes, height: number, index: number): Promise<Uint8Array> {
  const level = Math.floor(height / TILE_HEIGHT);
  const width = 2 ** (height % TILE_HEIGHT);
  const hashes = await read(level, index * width, width);
  if (hashes.length !== width * HASH_BYTES) throw new OubliError("LOG_FORKED", { level, index });
  let row = Array.from({ length: width }, (_, at) =>
    hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
  while (row.length > 1) {
    row = Array.from({ length: row.length / 2 }, (_, at) =>
      nodeHash(row[2 * at]!, row[2 * at + 1]!),
    );
  }
  return row[0]!;
}

/** The root over leaves `start` to `end` (exclusive), a subtree of the tree or its right end. */
async function rangeRoot(read: ReadHashes, start: number, end: number): Promise<Uint8Array> {
  const size = end - start;
  const height = Math.floor(Math.log2(size));
  const left = 2 ** height;
  const root = await subtreeRoot(read, height, start / left);
  return left === size ? root : nodeHash(root, await rangeRoot(read, start + left, end));
}

/** The head as it was when the log had `size` leaves. */
export async function headAt(read: ReadHashes, size: number): Promise<Head> {
  const frontier: Uint8Array[] = [];
  for (let start = 0; start < size;) {
    const width = 2 ** Math.floor(Math.log2(size - start));
    frontier.push(await rangeRoot(read, start, start + width));
    start += width;
  }
  return { size, frontier };
}

/** @source RFC 9162 §2.1.3.1: the hashes from leaf `index` up to the root of `size` leaves. */
export async function inclusionProof(
  read: ReadHashes,
  index: number,
  size: number,
): Promise<Uint8Array[]> {
  const path: Uint8Array[] = [];
  for (let [start, end] = [0, size]; end - start > 1;) {
    const split = start + splitOf(end - start);
    if (index < split) {
      path.push(await rangeRoot(read, split, end));
      end = split;
    } else {
      path.push(await rangeRoot(read, start, split));
      start = split;
    }
  }
  return path.reverse();
}

/** @source RFC 9162 §2.1.4.1: the hashes that show `from` leaves to be a prefix of `to` leaves. */
export async function consistencyProof(
  read: ReadHashes,
  from: number,
  to: number,
): Promise<Uint8Array[]> {
  if (from === 0 || from === to) return [];
  const path: Uint8Array[] = [];
  let [start, end, whole] = [0, to, true];
  for (let left = from; left !== end - start;) {
    const split = splitOf(end - start);
    if (left <= split) {
      path.push(await rangeRoot(read, start + split, end));
      end = start + split;
    } else {
      path.push(await rangeRoot(read, start, start + split));
      start += split;
      left -= split;
      whole = false;
    }
  }
  if (!whole) path.push(await rangeRoot(read, start, end));
  return path.reverse();
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1));
}
