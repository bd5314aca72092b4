/**
 * The numbers of the ranking: few, round, and from the middle of a plateau. Moving any one by a
 * quarter moves Recall@10 by little more than one point on the sets of `bench/recall-quality.ts`;
 * leaving out context, the named speaker or the weight of others' turns costs 2 to 10 points.
 */
export const WEIGHTS = {
  /** BM25: how fast a word's repetitions stop counting. */
  repetition: 1.2,
  /** BM25: how much a long memory must say more often what a short one says once. */
  length: 0.75,
  /** Two words that stand side by side in the question and in a memory, against single words. */
  pair: 0.3,
  /** What a turn lends to the turn before and after it, and these to the next, and so on. */
  context: 0.4,
  /** What the best turn of a session lends to the whole session. */
  session: 0.3,
  /** A turn whose speaker the question names. */
  named: 2,
  /** A turn that is not the person's own, kept and lent: assistants repeat every word asked. */
  notOwn: 0.4,
  /** Share of the vectors' nearness where both sides have a vector; the words have the rest. */
  vector: 0.5,
} as const;
