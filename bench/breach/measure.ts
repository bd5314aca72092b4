import { Detector, familyOf, type DetectorOptions, type Finding } from "#breach";
import { DAY_MS, HOUR_MS } from "#kernel";

import {
  ATTACKS,
  INTENSITIES,
  Traffic,
  type Attack,
  type AttackKind,
  type Intensity,
  type TrafficOptions,
} from "./traffic.ts";

export interface Measured {
  readonly attacks: number;
  readonly found: number;
  readonly falseAlarms: number;
  /** Days in which there could have been an alarm. */
  readonly days: number;
  readonly observations: number;
  /** Of those that were found, how long after their beginning, in hours: the median. */
  readonly hoursToFind: number;
  readonly byKind: readonly {
    readonly kind: AttackKind;
    readonly intensity: Intensity;
    readonly attacks: number;
    readonly found: number;
  }[];
  readonly falseByRule: Readonly<Record<string, number>>;
}

/** An attack leaves its mark on the day: what is noticed then is of it. */
const AFTER_MS = DAY_MS + HOUR_MS;

/** Before these are over nothing is known, and nothing is alarming. */
const LEARNING_DAYS = 7;

/** One incident is opened for an actor a day and family of rules, as in the register. */
const AGAIN_MS = DAY_MS;

/** Runs the detector over planted traffic, and counts what it found and what it only thought. */
export function measure(options: TrafficOptions, detection: DetectorOptions = {}): Measured {
  const traffic = new Traffic(options);
  const detector = new Detector(detection);
  const findings: Finding[] = [];
  const last = new Map<string, number>();
  let observations = 0;
  for (const observation of traffic.observations()) {
    observations += 1;
    for (const finding of detector.observe(observation)) {
      const key = `${finding.actor}/${familyOf(finding.rule)}`;
      if (finding.at - (last.get(key) ?? -Infinity) < AGAIN_MS) continue;
      last.set(key, finding.at);
      findings.push(finding);
    }
  }
  return judged(traffic.attacks, findings, { ...options, observations });
}

function isOf({ actor, from, until }: Attack, finding: Finding): boolean {
  return finding.actor === actor && finding.at >= from && finding.at < until + AFTER_MS;
}

function judged(
  attacks: readonly Attack[],
  findings: readonly Finding[],
  { days, observations }: TrafficOptions & { readonly observations: number },
): Measured {
  const of = (attack: Attack) => findings.filter((finding) => isOf(attack, finding));
  const found = attacks.filter((attack) => of(attack).length > 0);
  const wrong = findings.filter((finding) => !attacks.some((attack) => isOf(attack, finding)));
  const hours = found
    .map((attack) => (Math.min(...of(attack).map(({ at }) => at)) - attack.from) / HOUR_MS)
    .sort((left, right) => left - right);
  const falseByRule: Record<string, number> = {};
  for (const { rule } of wrong) falseByRule[rule] = (falseByRule[rule] ?? 0) + 1;
  return {
    attacks: attacks.length,
    found: found.length,
    falseAlarms: wrong.length,
    days: days - LEARNING_DAYS,
    observations,
    hoursToFind: hours[Math.floor(hours.length / 2)] ?? 0,
    byKind: ATTACKS.flatMap((kind) =>
      INTENSITIES.map((intensity) => {
        const same = attacks.filter((one) => one.kind === kind && one.intensity === intensity);
        const seen = same.filter((one) => found.includes(one)).length;
        return { kind, intensity, attacks: same.length, found: seen };
      }),
    ),
    falseByRule,
  };
}

/** Several runs as one. */
export function together(runs: readonly Measured[]): Measured {
  const sum = (of: (run: Measured) => number) => runs.reduce((total, run) => total + of(run), 0);
  const falseByRule: Record<string, number> = {};
  for (const run of runs) {
    for (const [rule, count] of Object.entries(run.falseByRule)) {
      falseByRule[rule] = (falseByRule[rule] ?? 0) + count;
    }
  }
  const hours = runs.map(({ hoursToFind }) => hoursToFind).sort((left, right) => left - right);
  return {
    attacks: sum(({ attacks }) => attacks),
    found: sum(({ found }) => found),
    falseAlarms: sum(({ falseAlarms }) => falseAlarms),
    days: sum(({ days }) => days),
    observations: sum(({ observations }) => observations),
    hoursToFind: hours[Math.floor(hours.length / 2)] ?? 0,
    byKind: runs[0]!.byKind.map((row, at) => ({
      ...row,
      attacks: sum(({ byKind }) => byKind[at]!.attacks),
      found: sum(({ byKind }) => byKind[at]!.found),
    })),
    falseByRule,
  };
}
