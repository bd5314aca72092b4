import type { EpochMs } from "#kernel";

import { dueAt, extended } from "./period.ts";
import type { LawProfile, RequestClock, Sourced } from "./profile.ts";
import type { Right } from "./right.ts";

/** When one law wants a request answered. */
export interface StatutoryClock extends Sourced {
  /** The profile's name: `gdpr`. */
  readonly law: string;
  readonly acknowledgeBy: EpochMs | null;
  readonly firstBy: EpochMs | null;
  readonly dueAt: EpochMs;
  /** With its one extension; `null` where the law has none. */
  readonly extendedTo: EpochMs | null;
}

/** When a request has to be answered. */
export interface RequestClocks {
  /** The earliest over all laws in force: the office's own date. */
  readonly dueAt: EpochMs;
  readonly acknowledgeBy: EpochMs | null;
  readonly firstBy: EpochMs | null;
  /** The earliest of the extended dates; `null` where no law has an extension. */
  readonly extendedTo: EpochMs | null;
  /** What each law that has the right says, beside it. Oubli's own is not a statute. */
  readonly statutory: readonly StatutoryClock[];
}

/**
 * The clocks of a request, over every law in force. All of them hold for every person.
 *
 * An extension moves the statutes' dates that have one, and Oubli's own with them, unless that is
 * final; a law that has none keeps its date.
 */
export function requestClocks(
  laws: readonly LawProfile[],
  right: Right,
  receivedAt: EpochMs,
): RequestClocks {
  const clocks = laws.flatMap((law) => {
    const clock = law.requests[right];
    return clock === undefined ? [] : [clockOf(law, clock, receivedAt)];
  });
  const statutory = clocks.filter(({ law }) => law !== "oubli");
  return {
    dueAt: earliest(clocks.map((clock) => clock.dueAt))!,
    acknowledgeBy: earliest(clocks.map((clock) => clock.acknowledgeBy)),
    firstBy: earliest(clocks.map((clock) => clock.firstBy)),
    extendedTo: isFinal(laws, right) ? null : extendedTo(statutory),
    statutory,
  };
}

/** The instants at which 50 % and 80 % of the time are gone. */
export function warningsOf(from: EpochMs, due: EpochMs): readonly [EpochMs, EpochMs] {
  const at = (share: number) => Math.floor(from + (due - from) * share) as EpochMs;
  return [at(0.5), at(0.8)];
}

function clockOf(law: LawProfile, clock: RequestClock, at: EpochMs): StatutoryClock {
  const { acknowledge, first, answer, extension, article, certainty } = clock;
  return {
    law: law.name,
    acknowledgeBy: acknowledge ? dueAt(acknowledge, at, law) : null,
    firstBy: first ? dueAt(first, at, law) : null,
    dueAt: dueAt(answer, at, law),
    extendedTo: extension ? dueAt(extended(answer, extension), at, law) : null,
    article,
    certainty,
  };
}

function isFinal(laws: readonly LawProfile[], right: Right): boolean {
  return laws.some(({ requests }) => requests[right]?.final === true);
}

/** A law without an extension holds the office to its first date, so there is then none at all. */
function extendedTo(statutory: readonly StatutoryClock[]): EpochMs | null {
  if (!statutory.some((clock) => clock.extendedTo !== null)) return null;
  const first = earliest(statutory.map((clock) => clock.dueAt))!;
  const last = earliest(statutory.map((clock) => clock.extendedTo ?? clock.dueAt))!;
  return last > first ? last : null;
}

function earliest(instants: readonly (EpochMs | null)[]): EpochMs | null {
  const known = instants.filter((at) => at !== null);
  return known.length === 0 ? null : (Math.min(...known) as EpochMs);
}
