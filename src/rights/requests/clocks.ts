import { OubliError, pathWord, type EpochMs, type Word } from "#kernel";
import { lawsOf, requestClocks, RIGHTS, warningsOf, type LawProfile } from "#law";
import type { Policy } from "#policy";

import type { RequestFacts, RequestRight, Statutory } from "./request.ts";

/** Everybody has every other right, whatever the law: of these there is nothing without theirs. */
const OF_A_LAW: ReadonlySet<RequestRight> = new Set(["accounting"]);

const RIGHT = pathWord(["request", "right"]);

export type RequestClocks = Pick<
  RequestFacts,
  "receivedAt" | "answerBy" | "acknowledgeBy" | "firstBy" | "extendableTo" | "statutory"
>;

/**
 * When a request that is received now has to be answered.
 *
 * @throws {OubliError} `INPUT_INVALID` for a right of a law that is not in force.
 */
export function clocksOf(policy: Policy, right: RequestRight, receivedAt: EpochMs): RequestClocks {
  const laws = lawsOf(policy);
  const given = RIGHTS.filter((one) => !OF_A_LAW.has(one) || statutory(laws, one));
  if (!given.includes(right)) {
    const accepted = given.join(" | ") as Word;
    throw new OubliError("INPUT_INVALID", { field: RIGHT, given: right as Word, accepted });
  }
  const clocks = requestClocks(laws, right, receivedAt);
  return {
    receivedAt,
    answerBy: clocks.dueAt,
    acknowledgeBy: clocks.acknowledgeBy,
    firstBy: clocks.firstBy,
    extendableTo: clocks.extendedTo,
    statutory: clocks.statutory.map(({ law, dueAt, extendedTo }): Statutory => ({
      law: law as Word,
      dueAt,
      extendedTo,
    })),
  };
}

function statutory(laws: readonly LawProfile[], right: RequestRight): boolean {
  return laws.some(({ name, requests }) => name !== "oubli" && requests[right] !== undefined);
}

/** Each warning with its share of the time, in per cent; at 100 the time is over. */
export function warnings(from: EpochMs, answerBy: EpochMs): readonly Warning[] {
  const [half, most] = warningsOf(from, answerBy);
  return [
    { share: 50, at: half },
    { share: 80, at: most },
    { share: 100, at: (answerBy + 1) as EpochMs },
  ];
}

export interface Warning {
  readonly share: number;
  readonly at: EpochMs;
}

/** When a request next wants attention: its next warning, or what it waits for, if that is sooner. */
export function nextAttention(
  { receivedAt, answerBy, warned }: Pick<RequestFacts, "receivedAt" | "answerBy" | "warned">,
  again: EpochMs | null = null,
): EpochMs | null {
  const ahead = warnings(receivedAt, answerBy)
    .filter(({ share }) => !warned.includes(share))
    .map(({ at }) => at);
  const all = again === null ? ahead : [...ahead, again];
  return all.length === 0 ? null : (Math.min(...all) as EpochMs);
}
