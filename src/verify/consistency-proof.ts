import { sameBytes } from "./bytes.ts";
import { isHash, isSize, nodeHash } from "./merkle.ts";
import { hasLeftSibling, isRight, up, upToLeftSibling, type Place } from "./place.ts";

/** That the log with `newSize` entries and `newRoot` begins with the log it was before. */
export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
  readonly hashes: readonly Uint8Array[];
}

/** Joins two nodes: SHA-256(0x01 ‖ left ‖ right), and nothing else. */
export type JoinHashes = (left: Uint8Array, right: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/**
 * Checks that a log only grew. Anything that is not a proof of exactly this claim is `false`.
 *
 * Limits: `oldSize` is at least 1. Every log begins with the empty one, so there is nothing to
 * prove, and a "proof" of it would say nothing of `newRoot`.
 *
 * @param join Where WebCrypto is too slow: another implementation of the same hash.
 * @source RFC 9162 §2.1.4.2
 */
export async function verifyConsistency(
  claim: ConsistencyClaim,
  join: JoinHashes = nodeHash,
): Promise<boolean> {
  const { oldSize, oldRoot, newSize, newRoot, hashes } = claim;
  if (!isSize(oldSize) || !isSize(newSize) || oldSize === 0 || oldSize > newSize) return false;
  if (oldSize === newSize) return hashes.length === 0 && sameBytes(oldRoot, newRoot);
  if (hashes.length === 0 || ![oldRoot, newRoot, ...hashes].every(isHash)) return false;

  // A perfect old tree is itself the first node, and is left out of the proof.
  const [first, ...rest] = isPowerOfTwo(oldSize) ? [oldRoot, ...hashes] : hashes;
  let place: Place = { node: oldSize - 1, last: newSize - 1 };
  while (isRight(place)) place = up(place);
  let [oldHash, newHash] = [first!, first!];
  for (const sibling of rest) {
    if (place.last === 0) return false;
    if (hasLeftSibling(place)) {
      oldHash = await join(sibling, oldHash);
      newHash = await join(sibling, newHash);
      place = upToLeftSibling(place);
    } else {
      newHash = await join(newHash, sibling);
    }
    place = up(place);
  }
  return place.last === 0 && sameBytes(oldHash, oldRoot) && sameBytes(newHash, newRoot);
}

function isPowerOfTwo(size: number): boolean {
  return Number.isInteger(Math.log2(size));
}
