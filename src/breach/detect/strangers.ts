import { DAY_MS, type EpochMs } from "#kernel";

import { Baseline } from "./baseline.ts";
import type { Observation } from "./observation.ts";
import type { Rule } from "./rules.ts";
import { Watch, type Alarm } from "./watch.ts";

/** How long an actor is new: a name that is made in the evening is no older friend in the morning. */
const NEW_MS = 7 * DAY_MS;

/**
 * The new actors of one controller, watched together against what new ones do there as a rule: a
 * thief with hundreds of names stays below every actor's line with each.
 */
export class Strangers {
  readonly #watch: Watch;
  #since = Infinity;

  constructor(rule: Rule) {
    this.#watch = new Watch(rule, null, new Baseline(1));
  }

  /** @param since When its actor was seen first. */
  observe(observation: Observation, since: EpochMs): Alarm | null {
    const { at } = observation;
    this.#since = Math.min(this.#since, at);
    // In the beginning everybody is new, which teaches nothing.
    if (at < this.#since + NEW_MS) return null;
    // Days without new ones are part of what is usual, too.
    this.#watch.advance(at);
    return at < since + NEW_MS ? this.#watch.observe(observation) : null;
  }
}
