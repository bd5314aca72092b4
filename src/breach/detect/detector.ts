import type { EpochMs, Word } from "#kernel";

import { Baseline } from "./baseline.ts";
import type { Observation } from "./observation.ts";
import { RULES, SLOW_RULES, type Rule, type SlowRule } from "./rules.ts";
import { Watch, type Alarm } from "./watch.ts";

/** An actor who did what they do not usually do. */
export interface Finding extends Alarm {
  readonly tenant: Word;
  readonly actor: Word;
  /** When it was noticed. */
  readonly at: EpochMs;
}

/** Actors that are watched at once; who was seen least lately is forgotten. */
const ACTORS_MAX = 10_000;

export interface DetectorOptions {
  readonly rules?: readonly Rule[];
  readonly slowRules?: readonly SlowRule[];
}

/**
 * Watches each actor against their own past, and new ones against everybody. It has no clock and no
 * chance in it: the same observations give the same findings.
 *
 * Cost: some comparisons for each observation. Memory: some kilobytes an actor, for 10,000 of them.
 */
export class Detector {
  readonly #rules: readonly Rule[];
  readonly #slowRules: readonly SlowRule[];
  readonly #crowds: ReadonlyMap<Rule, Baseline>;
  readonly #actors = new Map<string, readonly Watch[]>();

  constructor({ rules = RULES, slowRules = SLOW_RULES }: DetectorOptions = {}) {
    this.#rules = rules;
    this.#slowRules = slowRules;
    this.#crowds = new Map(rules.map((rule) => [rule, new Baseline(1)]));
  }

  observe(observation: Observation): readonly Finding[] {
    const { tenant, actor, at } = observation;
    const alarms: Alarm[] = [];
    for (const watch of this.#watchesOf(`${tenant}/${actor}`)) {
      const over = watch.advance(at);
      const now = watch.observe(observation);
      if (over) alarms.push(over);
      if (now) alarms.push(now);
    }
    return alarms.map((alarm) => ({ ...alarm, tenant, actor, at }));
  }

  #watchesOf(key: string): readonly Watch[] {
    const known = this.#actors.get(key);
    // Put last: the first of the map is who was seen least lately.
    if (known !== undefined) this.#actors.delete(key);
    const watches = known ?? this.#newWatches();
    this.#actors.set(key, watches);
    if (this.#actors.size > ACTORS_MAX) {
      const [oldest] = this.#actors.keys();
      this.#actors.delete(oldest!);
    }
    return watches;
  }

  #newWatches(): readonly Watch[] {
    return this.#rules.map((rule) => {
      const slow = this.#slowRules.find(({ over }) => over === rule.id) ?? null;
      return new Watch(rule, slow, this.#crowds.get(rule)!);
    });
  }
}
