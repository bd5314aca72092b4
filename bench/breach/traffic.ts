import type { Observation } from "#breach";
import { HOUR_MS, type EpochMs, type SubjectId, type Word } from "#kernel";

/** How loud an attack is. */
export const INTENSITIES = ["quiet", "moderate", "loud"] as const;
export type Intensity = (typeof INTENSITIES)[number];

export const ATTACKS = [
  "bulk reading within hours",
  "a stolen password at night",
  "one item of each of many people",
  "a little more every day for a week",
  "probing what is refused",
  "trying credentials",
  "a burst of exports",
  "an actor that nobody knows",
  "hundreds of new names",
] as const;
export type AttackKind = (typeof ATTACKS)[number];

export interface Attack {
  readonly kind: AttackKind;
  readonly intensity: Intensity;
  /** `null`: many, together. */
  readonly actor: string | null;
  readonly from: number;
  readonly until: number;
}

export interface TrafficOptions {
  readonly seed: number;
  readonly days: number;
  /** Days without attacks, from which baselines are learned. */
  readonly quietDays: number;
  readonly attacksPerDay: number;
}

/** Random numbers that a seed decides. @source mulberry32, in the public domain */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** How often something happens that happens `mean` times as a rule. */
  poisson(mean: number): number {
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    let times = 0;
    for (let left = Math.exp(-mean), product = this.next(); product > left; times += 1) {
      product *= this.next();
    }
    return times;
  }
}

interface Worker {
  readonly name: string;
  readonly kind: "assistant" | "staff" | "batch" | "officer";
  /** Calls in a busy hour. */
  readonly busy: number;
  /** The people it deals with. */
  readonly people: number;
  readonly since: number;
  readonly until?: number;
  /** The first of them, where they are nobody else's. */
  readonly first?: number;
}

/** Assistants of one client each, that come every day, and stay for some weeks at most. */
const ONBOARDED_A_DAY = 4;
const STAYED_DAYS = 21;

const START = Date.UTC(2026, 0, 5); // A Monday.

/** A controller's traffic, hour by hour, with attacks planted in it. */
export class Traffic {
  readonly attacks: Attack[] = [];
  readonly #options: TrafficOptions;
  readonly #chance: Chance;
  readonly #workers: Worker[];
  /** On some days everybody has more to do. */
  readonly #busyDays: readonly number[];

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#chance = new Chance(options.seed);
    this.#workers = this.#hire();
    this.#busyDays = Array.from({ length: options.days }, () => {
      const campaign = this.#chance.next() < 0.06 ? 1.6 : 1;
      return campaign * Math.exp(0.08 * this.#chance.normal());
    });
    this.#workers.push(...this.#onboard());
    this.#plan();
  }

  *observations(): Generator<Observation> {
    const { days } = this.#options;
    for (let hour = 0; hour < days * 24; hour += 1) {
      const found: Observation[] = [];
      for (const worker of this.#workers) found.push(...this.#hourOf(worker, hour));
      for (const attack of this.attacks) found.push(...this.#attackOf(attack, hour));
      yield* found.sort((left, right) => left.at - right.at);
    }
  }

  #hire(): Worker[] {
    const chance = this.#chance;
    const some = (
      kind: Worker["kind"],
      count: number,
      busy: () => number,
      people: () => number,
    ): Worker[] =>
      Array.from({ length: count }, (_, at) => {
        // Some begin in the middle: they have no past.
        const late = kind !== "batch" && at === 0;
        const since = late ? Math.floor(this.#options.days * (0.3 + 0.4 * chance.next())) : 0;
        return { name: `${kind}-${at}`, kind, busy: busy(), people: people(), since };
      });
    return [
      ...some(
        "assistant",
        12,
        () => 5 + chance.below(25),
        () => 150 + chance.below(400),
      ),
      ...some(
        "staff",
        12,
        () => 4 + chance.below(10),
        () => 400,
      ),
      ...some(
        "batch",
        2,
        () => 150 + chance.below(300),
        () => 800,
      ),
      ...some(
        "officer",
        4,
        () => 1 + chance.below(2),
        () => 300,
      ),
    ];
  }

  #onboard(): Worker[] {
    const chance = this.#chance;
    return this.#busyDays.flatMap((busy, since) =>
      Array.from({ length: chance.poisson(ONBOARDED_A_DAY * busy) }, (_, at) => ({
        name: `client-${since}-${at}`,
        kind: "assistant" as const,
        busy: 0.2 + chance.next(),
        people: 1 + chance.below(20),
        first: 200_000 + 1000 * since + 20 * at,
        since,
        until: since + 1 + chance.below(STAYED_DAYS),
      })),
    );
  }

  /** How much of a busy hour's work falls into this hour. */
  #share({ kind }: Worker, hour: number): number {
    const day = Math.floor(hour / 24);
    const at = hour % 24;
    const weekend = day % 7 >= 5;
    if (kind === "batch") {
      if (at !== 2) return 0;
      return day % 7 === 6 ? 1.5 : 1;
    }
    if (kind === "assistant") {
      const curve = 0.15 + 0.85 * Math.max(0, Math.sin(((at - 6) / 17) * Math.PI)) ** 1.5;
      return (at < 6 || at > 22 ? 0.1 : curve) * (weekend ? 0.7 : 1);
    }
    if (weekend) return 0.01;
    return at >= 8 && at < 18 ? 1 : 0.02;
  }

  #hourOf(worker: Worker, hour: number): Observation[] {
    const chance = this.#chance;
    const day = Math.floor(hour / 24);
    if (day < worker.since || day >= (worker.until ?? Infinity)) return [];
    const growth = 1 + 0.003 * day;
    const noise = Math.exp(0.2 * chance.normal());
    const mean = worker.busy * this.#share(worker, hour) * growth * noise * this.#busyDays[day]!;
    const calls = chance.poisson(mean);
    const made = Array.from({ length: calls }, () => {
      const person = (worker.first ?? 0) + chance.below(worker.people);
      if (worker.kind === "officer" && chance.next() < 0.3) {
        return this.#seen(worker.name, hour, "export", person, 5 + chance.below(60));
      }
      return this.#seen(worker.name, hour, "release", person, 1 + chance.below(6));
    });
    const denials = chance.poisson(calls * 0.015);
    const credentials = chance.poisson(calls * 0.002);
    return [
      ...made,
      ...this.#times(denials, () => this.#seen(worker.name, hour, "denial", 0, 0)),
      ...this.#times(credentials, () => this.#seen(worker.name, hour, "credential", 0, 0)),
    ];
  }

  #times<Made>(count: number, make: () => Made): Made[] {
    return Array.from({ length: count }, make);
  }

  #seen(
    actor: string,
    hour: number,
    kind: Observation["kind"],
    person: number,
    items: number,
  ): Observation {
    return {
      at: (START + hour * HOUR_MS + this.#chance.below(HOUR_MS)) as EpochMs,
      tenant: "shop" as Word,
      actor: actor as Word,
      kind,
      person: `sub_${person}` as SubjectId,
      items,
    };
  }

  #plan(): void {
    const { days, quietDays, attacksPerDay } = this.#options;
    const count = Math.round((days - quietDays) * attacksPerDay);
    const free = new Map<string, number>();
    for (let at = 0; at < count; at += 1) {
      // Each kind in each intensity in turn, so that no lucky mix decides.
      const kind = ATTACKS[at % ATTACKS.length]!;
      const intensity = INTENSITIES[Math.floor(at / ATTACKS.length) % INTENSITIES.length]!;
      const day = quietDays + this.#chance.below(days - quietDays - 8);
      this.#plant(kind, intensity, day, { at, free });
    }
  }

  #plant(
    kind: AttackKind,
    intensity: Intensity,
    day: number,
    { at, free }: { readonly at: number; readonly free: Map<string, number> },
  ): void {
    const chance = this.#chance;
    const night = kind === "a stolen password at night";
    const first = day * 24 + (night ? 1 + chance.below(3) : 8 + chance.below(9));
    const week = kind === "a little more every day for a week";
    const wide = kind === "one item of each of many people";
    const hours = week ? 7 * 24 : wide ? 6 : 1 + chance.below(2);
    const able = this.#workers.filter(
      ({ kind: job, since, until, name }) =>
        since === 0 &&
        until === undefined &&
        job !== "batch" &&
        (!night || job === "staff") &&
        (free.get(name) ?? 0) < first,
    );
    if (able.length === 0) return;
    const unknown = kind === "an actor that nobody knows";
    const many = kind === "hundreds of new names";
    // Of these one incident a day is opened, whoever they are.
    if (many && free.has(`names of day ${day}`)) return;
    const actor = unknown ? `stranger-${at}` : many ? null : chance.pick(able).name;
    const begin = week ? day * 24 : first;
    free.set(actor ?? `names of day ${day}`, begin + hours + 72);
    const [from, until] = [START + begin * HOUR_MS, START + (begin + hours) * HOUR_MS];
    this.attacks.push({ kind, intensity, actor, from, until });
  }

  #attackOf(attack: Attack, hour: number): Observation[] {
    const time = START + hour * HOUR_MS;
    if (time < attack.from || time >= attack.until) return [];
    const { kind, actor, intensity } = attack;
    const level = INTENSITIES.indexOf(intensity);
    const worker = this.#workers.find(({ name }) => name === actor);
    const busy = (worker?.busy ?? 10) * (1 + 0.003 * Math.floor(hour / 24));
    const far = () => this.#chance.below(100_000);
    const read = (calls: number, items: number, people = far, by = actor!) =>
      this.#times(Math.round(calls), () => this.#seen(by, hour, "release", people(), items));
    const tries = (of: readonly number[], one: Observation["kind"]) =>
      this.#times(of[level]!, () =>
        this.#seen(actor!, hour, one, far(), one === "export" ? 20 : 0),
      );
    switch (kind) {
      case "bulk reading within hours":
        return read(Math.max(20, busy * [4, 10, 40][level]!), 4);
      case "a stolen password at night":
        return read([20, 50, 200][level]!, 4);
      case "one item of each of many people":
        return read(busy * [4, 8, 20][level]!, 1);
      case "a little more every day for a week": {
        const usual = worker ? busy * this.#share(worker, hour) : 0;
        return read(this.#chance.poisson(usual * [1, 2, 4][level]!), 4);
      }
      case "probing what is refused":
        return tries([15, 40, 200], "denial");
      case "trying credentials":
        return tries([8, 20, 100], "credential");
      case "a burst of exports":
        return tries([10, 25, 100], "export");
      case "an actor that nobody knows":
        return read([75, 250, 1000][level]!, 4);
      case "hundreds of new names":
        return this.#times([25, 100, 300][level]!, () => null).flatMap((_, name) =>
          read(40, 1, far, `new-${attack.from}-${name}`),
        );
    }
  }
}
