import type { Mistake } from "./mistakes.ts";
import { D, type Items, M, type World } from "./world.ts";

/** What a step may ask about the world it runs in. */
export interface Model {
  readonly mistake: Mistake | null;
  /** Whether `M` is derived from `N1`. */
  readonly derives: boolean;
}

/** Takes process `self` one step: one transaction or one read. Several worlds where it may choose. */
export type Step = (world: World, self: number, model: Model) => readonly World[];

/** The rows that were derived from the first revision of the node. */
export function derivedRows(rows: Items, model: Model): Items {
  return rows & (D | (model.derives ? M : 0));
}
