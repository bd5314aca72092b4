import { allCases, type CaseRow } from "#cases";
import type { CaseId, EpochMs, Word } from "#kernel";
import { addDuration, parseDuration } from "#policy";

import type { AccountabilityWorld } from "./world.ts";

/** A request in the log that a controller keeps. @source 11 CCR 7101(b) */
export interface LoggedRequest {
  readonly request: CaseId;
  readonly receivedAt: EpochMs;
  /** Which right. */
  readonly nature: Word;
  /** How it came. */
  readonly manner: Word | null;
  readonly answeredAt: EpochMs | null;
  /** The state that it is in: `completed`, `denied`, … */
  readonly response: Word;
  /** Why it was denied, or extended. */
  readonly basis: Word | null;
  readonly dueAt: EpochMs | null;
}

export interface RequestLog {
  readonly from: EpochMs;
  readonly until: EpochMs;
  /** Newest first. */
  readonly requests: readonly LoggedRequest[];
  /** How many came to each state, of each right. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** There are more than were read. */
  readonly cut: boolean;
}

/** @source 11 CCR 7101(a) (24 months) */
const REACH = parseDuration("P24M")!;

const REQUESTS_MAX = 100_000;

/**
 * Every request of the last 24 months: what, how, when, and what became of it. It names nobody.
 *
 * @source 11 CCR 7101
 */
export async function requestLog(world: AccountabilityWorld, tenant: Word): Promise<RequestLog> {
  const until = world.clock.now();
  const from = addDuration(until, { ...REACH, months: -REACH.months });
  const requests: LoggedRequest[] = [];
  for await (const row of allCases(world, { tenant, kind: "request" })) {
    if (row.openedAt < from || requests.length === REQUESTS_MAX) break;
    requests.push(loggedRequest(row));
  }
  return {
    from,
    until,
    requests,
    counts: countsOf(requests),
    cut: requests.length >= REQUESTS_MAX,
  };
}

function loggedRequest({ id, openedAt, state, facts }: CaseRow): LoggedRequest {
  return {
    request: id,
    receivedAt: (facts["receivedAt"] as EpochMs | undefined) ?? openedAt,
    nature: facts["right"] as Word,
    manner: (facts["manner"] as Word | undefined) ?? null,
    answeredAt: (facts["answeredAt"] as EpochMs | undefined) ?? null,
    response: state,
    basis: (facts["reason"] as Word | undefined) ?? null,
    dueAt: (facts["answerBy"] as EpochMs | undefined) ?? null,
  };
}

function countsOf(requests: readonly LoggedRequest[]): RequestLog["counts"] {
  const counts: Record<string, Record<string, number>> = {};
  for (const { nature, response } of requests) {
    const states = (counts[nature] ??= {});
    states[response] = (states[response] ?? 0) + 1;
  }
  return counts;
}
