/** What vectors say about a question: exact cosines, held against the usual one. */
import type { Entry } from "./entry.ts";
import type { View } from "./view.ts";

/**
 * Memories that are counted as unlike the question, so that in a small set the one that fits is
 * not taken for what is usual.
 */
const UNLIKE_COUNT = 10;

/**
 * Adds evidence to entries in view whose vector is nearer to the question than is usual there,
 * and puts those that had none before among the `touched`.
 *
 * Models differ in what cosine two unrelated texts have (0.1 in one, 0.7 in another), so the mean
 * in view counts as 0 and a perfect match as 1. An entry without a vector gains nothing.
 */
export function addNearness(
  vector: Float32Array,
  entries: Iterable<Entry>,
  view: View,
  share: number,
  touched: Entry[],
): void {
  const near: { readonly entry: Entry; readonly cosine: number }[] = [];
  for (const entry of entries) {
    if (entry.vector?.length !== vector.length || !view.sees(entry)) continue;
    near.push({ entry, cosine: cosineOf(vector, entry.vector) });
  }
  const usual = usualOf(near.map(({ cosine }) => cosine));
  for (const { entry, cosine } of near) {
    if (cosine <= usual) continue;
    if (entry.evidence === 0) touched.push(entry);
    entry.evidence += (share * (cosine - usual)) / (1 - usual);
  }
}

/** Summed in an order that depends on the values alone: equal sets give equal means, to the bit. */
function usualOf(cosines: readonly number[]): number {
  const sum = Float64Array.from(cosines)
    .sort()
    .reduce((total, cosine) => total + cosine, 0);
  return Math.max(0, sum / (cosines.length + UNLIKE_COUNT));
}

function cosineOf(left: Float32Array, right: Float32Array): number {
  let dot = 0;
  let leftSquare = 0;
  let rightSquare = 0;
  for (let at = 0; at < left.length; at++) {
    const x = left[at]!;
    const y = right[at]!;
    dot += x * y;
    leftSquare += x * x;
    rightSquare += y * y;
  }
  const product = Math.sqrt(leftSquare * rightSquare);
  return product === 0 ? 0 : dot / product;
}
