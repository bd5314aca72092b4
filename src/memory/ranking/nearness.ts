/** What vectors say about a question: exact cosines, held against the usual one. */
import type { Rows } from "./rows.ts";
import type { View } from "./view.ts";

/**
 * Memories that are counted as unlike the question, so that in a small set the one that fits is
 * not taken for what is usual.
 */
const UNLIKE_COUNT = 10;

/**
 * Adds evidence to rows in view whose vector is nearer to the question than is usual there,
 * and puts those that had none before among the `touched`.
 *
 * Models differ in what cosine two unrelated texts have (0.1 in one, 0.7 in another), so the mean
 * in view counts as 0 and a perfect match as 1. An entry without a vector gains nothing.
 */
export function addNearness(
  vector: Float32Array,
  share: number,
  { rows, view, touched }: { readonly rows: Rows; readonly view: View; touched: number[] },
): void {
  const { evidence } = rows.columns;
  const length = lengthOf(vector);
  const near: { readonly row: number; readonly cosine: number }[] = [];
  for (const [row, entry] of rows.entries.entries()) {
    if (entry?.vector?.length !== vector.length || view.seen?.[row] === 0) continue;
    const lengths = length * entry.vectorLength;
    // A vector of length 0 points nowhere: it is like nothing.
    near.push({ row, cosine: lengths === 0 ? 0 : dotOf(vector, entry.vector) / lengths });
  }
  const usual = usualOf(near.map(({ cosine }) => cosine));
  for (const { row, cosine } of near) {
    if (cosine <= usual) continue;
    if (evidence[row] === 0) touched.push(row);
    evidence[row]! += (share * (cosine - usual)) / (1 - usual);
  }
}

/** Summed in an order that depends on the values alone: equal sets give equal means, to the bit. */
function usualOf(cosines: readonly number[]): number {
  const sum = Float64Array.from(cosines)
    .sort()
    .reduce((total, cosine) => total + cosine, 0);
  return Math.max(0, sum / (cosines.length + UNLIKE_COUNT));
}

/** The length of a vector, reckoned once when its entry joins. */
export function lengthOf(vector: Float32Array): number {
  return Math.sqrt(dotOf(vector, vector));
}

/** Four sums side by side: a processor adds them at once, where one would wait for itself. */
function dotOf(left: Float32Array, right: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let at = 0;
  for (; at + 3 < left.length; at += 4) {
    a += left[at]! * right[at]!;
    b += left[at + 1]! * right[at + 1]!;
    c += left[at + 2]! * right[at + 2]!;
    d += left[at + 3]! * right[at + 3]!;
  }
  for (; at < left.length; at++) a += left[at]! * right[at]!;
  return a + b + (c + d);
}
