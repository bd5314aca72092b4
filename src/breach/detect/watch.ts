import { DAY_MS, HOUR_MS, type EpochMs } from "#kernel";

import { Baseline } from "./baseline.ts";
import type { Observation } from "./observation.ts";
import type { Rule, SlowRule } from "./rules.ts";

/** Something that a rule took note of. */
export interface Alarm {
  readonly rule: Rule["id"];
  /** The stretch of time that it counted. */
  readonly from: EpochMs;
  readonly until: EpochMs;
  readonly count: number;
  /** What would still have been usual. */
  readonly usual: number;
}

const CROWD_SLOT = 0;

/** How long an actor is a stranger. */
const STRANGER_MS = DAY_MS;

/** One rule watching one actor: it counts the present stretch, and learns when it is over. */
export class Watch {
  readonly #rule: Rule;
  readonly #slow: SlowRule | null;
  readonly #crowd: Baseline;
  readonly #baseline: Baseline;
  readonly #people = new Set<string>();
  #start = -1;
  #since = -1;
  #count = 0;
  #limit = Infinity;
  #alarmed = false;
  #excess = 0;

  constructor(rule: Rule, slow: SlowRule | null, crowd: Baseline) {
    this.#rule = rule;
    this.#slow = slow;
    this.#crowd = crowd;
    this.#baseline = new Baseline(slotsOf(rule));
  }

  /** Moves on to the stretch of `at`, learning from those that are over. */
  advance(at: EpochMs): Alarm | null {
    const { stretchMs } = this.#rule;
    const start = Math.floor(at / stretchMs) * stretchMs;
    if (this.#since === -1) this.#since = start;
    // Of several processes one is a little behind. One whose clock was days ahead taught nothing: else
    // all that its actor does until then would count as one stretch, which alarms once.
    const fresh = this.#start === -1 || this.#start - start > BEHIND_MS;
    if (start <= this.#start && !fresh) return null;
    const alarm = fresh ? null : this.#close();
    // Stretches in which nothing was done are part of what is usual, too.
    const gaps = fresh ? 0 : Math.min((start - this.#start) / stretchMs - 1, GAPS_MAX);
    for (let gap = gaps; gap > 0; gap -= 1) {
      this.#baseline.learn(slotAt(this.#rule, start - gap * stretchMs), 0);
    }
    this.#start = start;
    this.#count = 0;
    this.#people.clear();
    this.#alarmed = false;
    this.#limit = this.#limitAt(start);
    return alarm;
  }

  observe({ kind, person, items }: Observation): Alarm | null {
    const { of, counts } = this.#rule;
    if (!of.includes(kind)) return null;
    if (counts === "items") this.#count += items;
    else if (counts === "times") this.#count += 1;
    else if (person !== null && !this.#people.has(person)) {
      // Beyond the limit nobody has to be told apart any more.
      if (this.#people.size <= this.#limit) this.#people.add(person);
      this.#count = this.#people.size;
    }
    if (this.#alarmed || this.#count <= this.#limit) return null;
    this.#alarmed = true;
    return this.#alarm(this.#rule.id);
  }

  #alarm(rule: Rule["id"]): Alarm {
    const from = this.#start as EpochMs;
    const until = (this.#start + this.#rule.stretchMs) as EpochMs;
    return { rule, from, until, count: this.#count, usual: Math.round(this.#limit) };
  }

  #limitAt(start: number): number {
    const { deviations, least, stranger } = this.#rule;
    const slot = slotAt(this.#rule, start);
    if (this.#baseline.knows(slot)) {
      const mean = this.#baseline.mean(slot, neighboursOf(this.#rule, slot));
      return Math.max(least, Math.expm1(mean + deviations * this.#baseline.spread(this.#rule)));
    }
    // As long as nobody is known, a new one is no stranger.
    if (!this.#crowd.knows(CROWD_SLOT)) return Infinity;
    if (start < this.#since + STRANGER_MS) return stranger;
    const usual = this.#crowd.mean(CROWD_SLOT) + deviations * this.#crowd.spread(this.#rule);
    return Math.max(least, Math.expm1(usual));
  }

  /** What was alarming is learned only up to the limit: an attack does not become usual. */
  #close(): Alarm | null {
    const slot = slotAt(this.#rule, this.#start);
    const slow = this.#addUp(slot);
    const learned = Math.min(this.#count, this.#limit);
    this.#baseline.learn(slot, learned);
    if (learned > 0) this.#crowd.learn(CROWD_SLOT, learned);
    return slow;
  }

  /** @source Page's cumulative sum (1954) */
  #addUp(slot: number): Alarm | null {
    const slow = this.#slow;
    if (slow === null || !this.#baseline.knows(slot)) return null;
    const off = Math.log1p(this.#count) - this.#baseline.mean(slot);
    const deviations = off / this.#baseline.spread(this.#rule);
    this.#excess = Math.max(
      0,
      this.#excess + Math.min(deviations, this.#rule.deviations) - slow.slack,
    );
    if (this.#excess <= slow.sumMax || this.#count < slow.least || this.#alarmed) return null;
    this.#excess = 0;
    return this.#alarm(slow.id);
  }
}

/** How far the clocks of processes may be apart. */
const BEHIND_MS = DAY_MS;

/** Longer than this is a pause, after which what was usual still is. */
const GAPS_MAX = 72;

const HOURS = 24;

/** Hours of a working day and of a weekend; days of each kind. */
function slotsOf({ stretchMs }: Rule): number {
  return stretchMs === HOUR_MS ? 2 * HOURS : 2;
}

function slotAt({ stretchMs }: Rule, start: number): number {
  // 1 January 1970 was a Thursday.
  const weekday = (Math.floor(start / DAY_MS) + 3) % 7;
  const weekend = weekday >= 5 ? 1 : 0;
  if (stretchMs !== HOUR_MS) return weekend;
  return weekend * HOURS + (Math.floor(start / HOUR_MS) % HOURS);
}

function neighboursOf({ stretchMs }: Rule, slot: number): readonly number[] {
  if (stretchMs !== HOUR_MS) return [];
  const [kind, hour] = [Math.floor(slot / HOURS), slot % HOURS];
  return [(hour + 1) % HOURS, (hour + HOURS - 1) % HOURS].map((one) => kind * HOURS + one);
}
