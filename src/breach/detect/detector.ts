import type { EpochMs, Word } from "#kernel";

import { Baseline } from "./baseline.ts";
import type { Observation } from "./observation.ts";
import { RULES, SLOW_RULES, STRANGERS, type Rule, type SlowRule } from "./rules.ts";
import { Strangers } from "./strangers.ts";
import { Watch, type Alarm } from "./watch.ts";

/** What is known of an actor. */
interface Known {
  readonly watches: readonly Watch[];
  since: EpochMs;
  /** Whether it alarmed by itself: then the strangers need not tell of it again. */
  alarmed: boolean;
}

/** An actor who did what they do not usually do. */
export interface Finding extends Alarm {
  readonly tenant: Word;
  /** `null`: those that are new there, together. */
  readonly actor: Word | null;
  /** When it was noticed. */
  readonly at: EpochMs;
}

/** Actors that are watched at once; who was seen least lately is forgotten. */
const ACTORS_MAX = 10_000;

export interface DetectorOptions {
  readonly rules?: readonly Rule[];
  readonly slowRules?: readonly SlowRule[];
  readonly strangers?: Rule | null;
}

/**
 * Watches each actor against their own past, new ones against everybody, and all new ones together.
 * It has no clock and no chance in it: the same observations give the same findings.
 *
 * Cost: some comparisons for each observation. Memory: some kilobytes an actor, for 10,000 of them.
 */
export class Detector {
  readonly #rules: readonly Rule[];
  readonly #slowRules: readonly SlowRule[];
  readonly #crowds: ReadonlyMap<Rule, Baseline>;
  readonly #strangers: Rule | null;
  readonly #actors = new Map<string, Known>();
  readonly #tenants = new Map<Word, Strangers>();

  constructor({
    rules = RULES,
    slowRules = SLOW_RULES,
    strangers = STRANGERS,
  }: DetectorOptions = {}) {
    this.#rules = rules;
    this.#slowRules = slowRules;
    this.#strangers = strangers;
    this.#crowds = new Map(rules.map((rule) => [rule, new Baseline(1)]));
  }

  observe(observation: Observation): readonly Finding[] {
    const { tenant, actor, at } = observation;
    const known = this.#known(observation);
    const findings: Finding[] = [];
    for (const watch of known.watches) {
      const over = watch.advance(at);
      const now = watch.observe(observation);
      for (const alarm of [over, now]) {
        if (alarm) findings.push({ ...alarm, tenant, actor, at });
      }
    }
    if (findings.length > 0) known.alarmed = true;
    const together = known.alarmed ? null : this.#observeTogether(observation, known);
    if (together) findings.push({ ...together, tenant, actor: null, at });
    return findings;
  }

  #observeTogether(observation: Observation, { since }: Known): Alarm | null {
    if (this.#strangers === null) return null;
    const { tenant } = observation;
    const strangers = this.#tenants.get(tenant) ?? new Strangers(this.#strangers);
    this.#tenants.set(tenant, strangers);
    return strangers.observe(observation, since);
  }

  #known({ tenant, actor, at }: Observation): Known {
    const key = `${tenant}/${actor}`;
    const seen = this.#actors.get(key);
    // Put last: the first of the map is who was seen least lately.
    if (seen !== undefined) this.#actors.delete(key);
    const known = seen ?? { watches: this.#newWatches(), since: at, alarmed: false };
    // The first entry may have come from a clock that was ahead.
    if (at < known.since) known.since = at;
    this.#actors.set(key, known);
    if (this.#actors.size > ACTORS_MAX) {
      const [oldest] = this.#actors.keys();
      this.#actors.delete(oldest!);
    }
    return known;
  }

  #newWatches(): readonly Watch[] {
    return this.#rules.map((rule) => {
      const slow = this.#slowRules.find(({ over }) => over === rule.id) ?? null;
      return new Watch(rule, slow, this.#crowds.get(rule)!);
    });
  }
}
