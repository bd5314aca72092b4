import { word, type Word } from "#kernel";

import type { AnomalySettings } from "./settings.ts";

export interface Counted {
  /** What is over. */
  readonly over: number;
  /** Everything there is; `null` where nothing is over. */
  readonly total: number | null;
}

/**
 * Why a count is strange; `null` when it is not. A clock that is years ahead, an anchor column that
 * an import has overwritten, a rule with one digit too few: each shows as far more than usual, and
 * what is removed for it does not come back.
 *
 * @param before What the last run found for the rule; `null`: there was none.
 */
export function anomalyOf(
  { over, total }: Counted,
  before: number | null,
  { share, factor, least }: AnomalySettings,
): Word | null {
  if (over <= least) return null;
  if (total !== null && over > total * share) return word("share");
  if (before !== null && over > Math.max(before, least, 1) * factor) return word("growth");
  return null;
}
