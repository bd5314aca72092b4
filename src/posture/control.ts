import { isOubliError } from "#kernel";

import type { Ground } from "./ground.ts";
import type { RowId } from "./requirements.ts";

/** `not-checked` is no verdict: nothing is called held that was not looked at. */
export type State = "held" | "broken" | "not-checked";

/** What a look found: a sentence, and the numbers and codes behind it. Nothing that anybody said. */
export interface Verdict {
  readonly state: State;
  readonly says: string;
  readonly facts: Facts;
  /** This version has nothing to look at: what it is a part of cannot be held. */
  readonly unbuilt?: true;
}

export type Facts = Readonly<Record<string, number | string | boolean | null>>;

/** One safeguard, and how it is seen to work on a live installation. */
export interface Control {
  /** A code for scripts; a released one keeps its meaning. */
  readonly control: string;
  /** The promises that it is a part of. */
  readonly rows: readonly RowId[];
  readonly title: string;
  probe(ground: Ground): Promise<Verdict>;
}

export interface Finding extends Verdict {
  readonly control: string;
  readonly rows: readonly RowId[];
  readonly title: string;
  readonly at: string;
}

/** Runs a probe. One that ends in an error is broken: nobody saw the control work. */
export async function run({ probe, ...control }: Control, ground: Ground): Promise<Finding> {
  const at = new Date(ground.world.clock.now()).toISOString();
  try {
    return { ...control, ...(await probe(ground)), at };
  } catch (error) {
    const code = isOubliError(error) ? error.code : nameOf(error);
    return {
      ...control,
      at,
      state: "broken",
      says: "The check ended in an error.",
      facts: { code },
    };
  }
}

/** A foreign error's kind; its message may hold values. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

export function found(holds: boolean, says: string, facts: Facts = {}): Verdict {
  return { state: holds ? "held" : "broken", says, facts };
}

export function notChecked(says: string, facts: Facts = {}): Verdict {
  return { state: "not-checked", says, facts };
}

export function notBuilt(says: string): Verdict {
  return { state: "not-checked", says, facts: {}, unbuilt: true };
}
