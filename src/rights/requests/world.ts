import type { ErasureWorld } from "#erasure";

import type { Languages } from "../letters/language.ts";

/** What the requests of one region work with. */
export interface RightsWorld extends ErasureWorld {
  /** The languages that letters are written in. */
  readonly letters: Languages;
}

export type { Acting } from "#kernel";
