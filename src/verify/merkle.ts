import { concat, type Bytes } from "./bytes.ts";

export const HASH_BYTES = 32;

// Different first bytes, so that no entry can be passed off as an inner node.
const LEAF = Uint8Array.of(0x00);
const NODE = Uint8Array.of(0x01);

/**
 * The hash of an entry's exact bytes.
 *
 * @source RFC 9162 §2.1.1
 */
export function leafHash(entry: Uint8Array): Promise<Bytes> {
  return sha256([LEAF, entry]);
}

/**
 * The hash of an inner node.
 *
 * @source RFC 9162 §2.1.1
 */
export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256([NODE, left, right]);
}

/**
 * The root over a list of leaf hashes, or over the roots of equally high perfect subtrees, of
 * which the last one may be smaller. The root over nothing is SHA-256 of nothing.
 *
 * @source RFC 9162 §2.1.1 (Merkle Tree Hash)
 */
export async function treeRoot(hashes: readonly Uint8Array[]): Promise<Uint8Array> {
  if (hashes.length === 0) return sha256([]);
  let row = hashes;
  while (row.length > 1) row = await rowAbove(row);
  return row[0]!;
}

/**
 * {@link treeRoot} over entries: a log's root, recomputed from nothing but its bytes.
 *
 * @source RFC 9162 §2.1.1
 */
export async function rootOfEntries(entries: readonly Uint8Array[]): Promise<Uint8Array> {
  return treeRoot(await Promise.all(entries.map(leafHash)));
}

export async function sha256(parts: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(parts)));
}

export function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES;
}

/** Whether `value` can count leaves. Above 2^53 a number no longer tells two sizes apart. */
export function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Neighbours in pairs; one that is left over rises as it is. */
function rowAbove(row: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const pairs: Promise<Uint8Array>[] = [];
  for (let at = 0; at < row.length; at += 2) {
    const [left, right] = [row[at]!, row[at + 1]];
    pairs.push(right === undefined ? Promise.resolve(left) : nodeHash(left, right));
  }
  return Promise.all(pairs);
}
