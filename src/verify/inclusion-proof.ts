import { sameBytes } from "./bytes.ts";
import { isHash, isSize, nodeHash } from "./merkle.ts";
import { hasLeftSibling, up, upToLeftSibling, type Place } from "./place.ts";

/** That the entry with hash `leaf` is number `index` of the log with `size` entries and `root`. */
export interface InclusionClaim {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
  /** From the leaf's sibling up to the root's child. */
  readonly hashes: readonly Uint8Array[];
}

/**
 * Checks an inclusion proof. Anything that is not a proof of exactly this claim is `false`.
 *
 * @source RFC 9162 §2.1.3.2
 */
export async function verifyInclusion(claim: InclusionClaim): Promise<boolean> {
  const { leaf, index, size, root, hashes } = claim;
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  if (![leaf, root, ...hashes].every(isHash)) return false;

  let place: Place = { node: index, last: size - 1 };
  let hash = leaf;
  for (const sibling of hashes) {
    if (place.last === 0) return false;
    if (hasLeftSibling(place)) {
      hash = await nodeHash(sibling, hash);
      place = upToLeftSibling(place);
    } else {
      hash = await nodeHash(hash, sibling);
    }
    place = up(place);
  }
  return place.last === 0 && sameBytes(hash, root);
}
