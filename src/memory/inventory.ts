import type { EpochMs } from "#kernel";

import type { NodeMeta } from "./node.ts";

/** How much there is of one kind, for one set of categories and purposes; nobody's id. */
export interface InventoryRow extends Pick<
  NodeMeta,
  "kind" | "categories" | "purposes" | "special" | "phi"
> {
  readonly nodes: number;
  /** Whoever has several kinds is counted in each: these numbers have no sum. */
  readonly people: number;
  readonly oldest: EpochMs;
  readonly newest: EpochMs;
  readonly withoutEnd: number;
  /** The first end; `null` where none has one. */
  readonly firstEnd: EpochMs | null;
}

/** The most rows of an inventory: kinds, category sets and purpose sets are few in any policy. */
export const INVENTORY_ROWS_MAX = 10_000;
