import type { Actor, Clock, Ids, Word } from "#kernel";
import type { OubliConfig } from "#policy";

import type { Ground } from "./ground.ts";

/** Where a restore goes, and who runs it. */
export interface Place {
  readonly config: OubliConfig;
  readonly region: Word;
  readonly ground: Ground;
  /** Whether the configuration that the store was last opened with holds. */
  readonly adoptStored: boolean;
  readonly actor: Actor;
  readonly clock: Clock;
  readonly ids: Ids;
}
