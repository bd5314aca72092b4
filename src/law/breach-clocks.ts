import type { EpochMs } from "#kernel";

import { dueAfterYear, dueAt } from "./period.ts";
import type { BreachClock, BreachThreshold, LawProfile } from "./profile.ts";

/** What is known of a breach. */
export interface BreachFacts {
  /** When the controller became aware. */
  readonly awareAt: EpochMs;
  /** The first day it was known, or should have been. */
  readonly discoveredAt: EpochMs;
  /** When the letters to the people went out; `null`: not yet. */
  readonly individualsToldAt: EpochMs | null;
  readonly affected: number;
  /** Affected residents by State, under ISO 3166-2 codes: `US-CA`. */
  readonly residents: Readonly<Record<string, number>>;
  readonly risk: "none" | "some" | "high";
}

/** What one law asks for because of a breach, and until when. */
export interface BreachDuty {
  readonly law: string;
  readonly clock: BreachClock;
  /** `null`: without undue delay; or its clock has not started. */
  readonly dueAt: EpochMs | null;
}

/** The clocks of one law. */
export function breachClocks(profile: LawProfile): readonly BreachClock[] {
  return profile.breach;
}

/**
 * Every duty that a breach brings, over the laws in force.
 *
 * A clock that waits for another notice is reckoned from the last day on which that is due, so that
 * it has a date before the letters are out.
 */
export function breachDuties(
  laws: readonly LawProfile[],
  facts: BreachFacts,
): readonly BreachDuty[] {
  return laws.flatMap((law) =>
    breachClocks(law)
      .filter((clock) => applies(clock.when, facts))
      .map((clock) => ({ law: law.name, clock, dueAt: dutyDue(law, clock, facts) })),
  );
}

/** Whether a breach is one of those that a clock is for. */
export function applies(when: BreachThreshold | undefined, facts: BreachFacts): boolean {
  if (facts.risk === "none") return false;
  if (when === undefined) return true;
  if ("risk" in when) return facts.risk === "high";
  if ("affected" in when) {
    return when.affected === "at-least"
      ? facts.affected >= when.count
      : facts.affected < when.count;
  }
  const { of, residentsAbove } = when;
  const counts = of === "any-state" ? Object.values(facts.residents) : [facts.residents[of] ?? 0];
  return counts.some((count) => count > residentsAbove);
}

function dutyDue(law: LawProfile, clock: BreachClock, facts: BreachFacts): EpochMs | null {
  const { within } = clock;
  if (within === null) return null;
  const from = startOf(law, clock, facts);
  if (from === null) return null;
  if ("daysAfterYear" in within) return dueAfterYear(within.daysAfterYear, from, law);
  return dueAt(within, from, law);
}

function startOf(law: LawProfile, { from }: BreachClock, facts: BreachFacts): EpochMs | null {
  if (from === "aware") return facts.awareAt;
  if (from === "discovered") return facts.discoveredAt;
  if (facts.individualsToldAt !== null) return facts.individualsToldAt;
  const letters = breachClocks(law).find(({ to }) => to === "individuals");
  return letters ? dutyDue(law, letters, facts) : null;
}
