import type { EpochMs, RestrictionId, Word } from "#kernel";
import type { Caller } from "#memory";

import type { Outcome } from "./letters/fields.ts";
import type { Said } from "./letters/say.ts";
import type { Recipients } from "./recipients.ts";
import { untoldAs } from "./requests/recipients-of.ts";
import type { Done, Request } from "./requests/request.ts";
import type { RightsWorld } from "./requests/world.ts";

/** What executing a request came to, this time. */
export type Executed = Finished | Waiting;

export interface Finished {
  readonly status: "done";
  readonly outcome: Outcome;
  /** Why it is not all that was asked for; none: it is. */
  readonly exceptions: readonly Word[];
  readonly recipients: Recipients;
  readonly counts: Readonly<Record<string, number>>;
  readonly restrictions: readonly RestrictionId[];
  readonly done: Done;
}

export interface Waiting {
  readonly status: "waiting";
  readonly for: readonly Word[];
  /** When to look again; `null`: somebody has to do something. */
  readonly again: EpochMs | null;
  readonly done: Done;
}

/** One right: how it is carried out. Called again after a crash, it goes on where it stopped. */
export interface RightRoom {
  /** Whether the asker has to be the person: an opt-out is taken from anybody. */
  readonly needsProof: boolean;
  /** Whether a request that waits may be gone on with, without anybody's doing. Absent: never. */
  isReady?(world: RightsWorld, caller: Caller, request: Request): Promise<boolean>;
  execute(world: RightsWorld, caller: Caller, request: Request): Promise<Executed>;
}

/** Done; with exceptions where something was kept, or a recipient does not know yet. */
export function completely(
  did: readonly Said[],
  counts: Readonly<Record<string, number>>,
  more: {
    readonly done?: Done;
    readonly restrictions?: readonly RestrictionId[];
    readonly recipients?: Recipients;
    readonly exceptions?: readonly Word[];
    readonly outcome?: Partial<Outcome>;
  } = {},
): Finished {
  const {
    done = {},
    restrictions = [],
    recipients = { all: [], reached: [], systems: [] },
    exceptions = [],
    outcome,
  } = more;
  return {
    status: "done",
    outcome: { did, kept: [], final: null, ...outcome },
    exceptions: [...exceptions, ...untoldAs(recipients.all)],
    recipients,
    counts,
    restrictions,
    done,
  };
}

export function waiting(
  what: readonly Word[],
  again: EpochMs | null = null,
  done: Done = {},
): Waiting {
  return { status: "waiting", for: what, again, done };
}
