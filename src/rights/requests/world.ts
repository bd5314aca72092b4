import type { ErasureWorld } from "#erasure";
import type { Actor, Word } from "#kernel";

/** What the requests of one region work with. */
export type RightsWorld = ErasureWorld;

/** Who acts on a request, for which controller. */
export interface Acting {
  readonly tenant: Word;
  readonly actor: Actor;
}
