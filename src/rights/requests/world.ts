import type { ErasureWorld } from "#erasure";
import type { Actor, Word } from "#kernel";

import type { Languages } from "../letters/language.ts";

/** What the requests of one region work with. */
export interface RightsWorld extends ErasureWorld {
  /** The languages that letters are written in. */
  readonly letters: Languages;
}

/** Who acts on a request, for which controller. */
export interface Acting {
  readonly tenant: Word;
  readonly actor: Actor;
}
