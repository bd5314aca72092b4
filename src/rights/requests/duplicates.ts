import type { CaseRow } from "#cases";
import {
  canonicalJson,
  DAY_MS,
  isOubliError,
  later,
  word,
  type EpochMs,
  type SubjectId,
  type Word,
} from "#kernel";

import { tryAcknowledge } from "./acknowledge.ts";
import { loadRequest, requestsOf } from "./read.ts";
import { factsOf, type Request, type RequestFile, type RequestRight } from "./request.ts";
import { isOver } from "./states.ts";
import { ANSWER_DAYS, note, step } from "./step.ts";
import type { Acting, RightsWorld } from "./world.ts";

/** Unproven requests of one day, open or failed, after which further ones are turned away. */
const UNPROVEN_A_DAY_MAX = 3;

/** Requests of one person for one right, newest first. */
async function sameRight(
  world: RightsWorld,
  whose: { readonly tenant: Word; readonly subject: SubjectId },
  right: RequestRight,
): Promise<readonly CaseRow[]> {
  const found: CaseRow[] = [];
  for await (const row of requestsOf(world, whose)) {
    if (factsOf(row).right === (right as Word)) found.push(row);
  }
  return found;
}

/**
 * Links a request that was just opened to the one that it adds nothing to.
 *
 * Why two processes at one instant leave one request: each looks when its own row is there, so the
 * one whose row came last sees the other. Which of the two goes behind the other is fixed by when
 * they were opened, so it may be the one whose process looked too soon and sees nobody: then it is
 * linked from here. That is its first step, as its own process's going on with it would be, and a
 * step is taken once: where that process was faster, the request stands, and this one looks again.
 *
 * @returns the request, and those that came before it.
 * @throws {OubliError} `CONFLICT` when another process has linked it meanwhile.
 */
export async function linkDuplicate(
  world: RightsWorld,
  opened: Request,
  acting: Acting,
): Promise<{ readonly request: Request; readonly before: readonly CaseRow[] }> {
  for (;;) {
    const { tenant, facts } = opened;
    const subject = opened.subject!;
    const all = await sameRight(world, { tenant, subject }, factsOf({ facts }).right);
    const others = all.filter(({ id }) => id !== opened.id);
    const before = others.filter((row) => !isUndecided(row) || isOlder(row, opened));
    const open = await standing(world, before, opened);
    if (open !== null) return { request: await link(world, opened, acting, open), before };
    const behind = others.filter((row) => !before.includes(row));
    if (await linkEach(world, behind, { to: opened, acting })) return { request: opened, before };
  }
}

/** Nobody has done anything about it since it was opened. */
function isUndecided({ state, step: taken }: CaseRow): boolean {
  return state === word("received") && taken === 0;
}

function isOlder(one: CaseRow, other: CaseRow): boolean {
  if (one.openedAt !== other.openedAt) return one.openedAt < other.openedAt;
  return one.id < other.id;
}

/** @returns whether none of them moved meanwhile. */
async function linkEach(
  world: RightsWorld,
  rows: readonly CaseRow[],
  { to, acting }: { readonly to: Request; readonly acting: Acting },
): Promise<boolean> {
  try {
    for (const row of rows) {
      const request = await loadRequest(world, row.tenant, row.id);
      if (!isUndecided(request)) return false;
      if (await standing(world, [to], request)) await link(world, request, acting, to);
    }
    return true;
  } catch (error) {
    if (isOubliError(error, "CONFLICT")) return false;
    throw error;
  }
}

/**
 * Those that were linked to it go along: nobody looks behind a duplicate.
 *
 * Why none is left behind: another process that links to this one does so before it looks what became
 * of it, and this one becomes a duplicate before it looks who was linked to it. So at least one of
 * the two sees the other.
 */
async function link(
  world: RightsWorld,
  request: Request,
  acting: Acting,
  to: CaseRow,
): Promise<Request> {
  const linked = await step(world, request, acting.actor, {
    to: "duplicate",
    facts: { duplicateOf: to.id },
    said: { of: to.id },
  });
  for (const row of await linkedTo(world, request)) await relink(world, row, acting.actor, to.id);
  const now = await loadRequest(world, to.tenant, to.id);
  if (endedUnanswered(now)) await reopenDuplicates(world, now, acting);
  else if (now.state !== word("duplicate")) return linked;
  else await relink(world, linked, acting.actor, factsOf(now).duplicateOf!);
  return loadRequest(world, request.tenant, request.id);
}

/** The duplicates of a request that are still open, newest first. */
async function linkedTo(
  world: RightsWorld,
  { id, tenant, subject, facts }: Request,
): Promise<readonly CaseRow[]> {
  const all = await sameRight(world, { tenant, subject: subject! }, factsOf({ facts }).right);
  return all.filter((row) => factsOf(row).duplicateOf === id && row.closedAt === null);
}

/** Where another process was faster, it did the same. */
async function relink(
  world: RightsWorld,
  { tenant, id }: CaseRow,
  actor: Acting["actor"],
  to: CaseRow["id"],
): Promise<void> {
  const request = await loadRequest(world, tenant, id);
  try {
    await note(world, request, actor, { facts: { duplicateOf: to }, said: { of: to } });
  } catch (error) {
    if (!isOubliError(error, "CONFLICT")) throw error;
  }
}

/** The open request to which a new one adds nothing. */
async function standing(
  world: RightsWorld,
  rows: readonly CaseRow[],
  request: Request,
): Promise<CaseRow | null> {
  for (const row of rows) {
    if (isOver(row)) continue;
    if (isProven(request) && !isProven(row)) continue;
    const { file } = await loadRequest(world, row.tenant, row.id);
    if (file && request.file && addsNothing(request.file, file)) return row;
  }
  return null;
}

/** Whether all that one asks for is asked for in the other: what is linked is never looked at again. */
function addsNothing(one: RequestFile, other: RequestFile): boolean {
  const named = Object.entries(one.identifiers);
  return (
    (one.details === null || one.details === other.details) &&
    named.every(([kind, name]) => other.identifiers[kind] === name) &&
    canonicalJson(one.wanted) === canonicalJson(other.wanted)
  );
}

/** Whether no code is given out for this right any more today: too many failed, or are open. */
export function tooManyUnproven(rows: readonly CaseRow[], now: EpochMs): boolean {
  const since = (at: EpochMs) => now < later(at, DAY_MS);
  const counted = rows.filter((row) => {
    const { reason, answeredAt, identity } = factsOf(row);
    if (answeredAt === null) return identity === word("unproven") && since(row.openedAt);
    return reason === word("insufficient-verification") && since(answeredAt);
  });
  return counted.length >= UNPROVEN_A_DAY_MAX;
}

/**
 * A request that ends before its asker showed who they are, or is taken back, answers nobody else's:
 * the oldest that was linked to it is received again, and those that add nothing to that one are
 * linked to it. One that is proven comes first, and is acknowledged; another gets no code by itself.
 */
export async function reopenDuplicates(
  world: RightsWorld,
  ended: Request,
  acting: Acting,
): Promise<void> {
  if (ended.subject === null || !endedUnanswered(ended)) return;
  const oldestFirst = (await linkedTo(world, ended)).toReversed();
  const proven = oldestFirst.filter(isProven);
  const open: Request[] = [];
  for (const row of [...proven, ...oldestFirst.filter((one) => !isProven(one))]) {
    const request = await loadRequest(world, row.tenant, row.id);
    const first = await standing(world, open, request);
    if (first === null) open.push(await receiveAgain(world, request, acting));
    else await relink(world, row, acting.actor, first.id);
  }
}

/**
 * Whether a duplicate whose time is over is kept: the one that it is linked to is open, and may yet
 * be taken back. Where that was, and a crash came behind it, it is received again here.
 */
export async function isStillNeeded(
  world: RightsWorld,
  duplicate: Request,
  acting: Acting,
): Promise<boolean> {
  const { duplicateOf } = factsOf(duplicate);
  if (duplicate.state !== word("duplicate") || duplicateOf === null) return false;
  const first = await loadRequest(world, duplicate.tenant, duplicateOf);
  if (endedUnanswered(first)) await reopenDuplicates(world, first, acting);
  else if (isOver(first)) return false;
  else {
    const again = later(world.clock.now(), ANSWER_DAYS * DAY_MS);
    await note(world, duplicate, acting.actor, { again });
  }
  return true;
}

async function receiveAgain(
  world: RightsWorld,
  request: Request,
  acting: Acting,
): Promise<Request> {
  const waitingFor = isProven(request) ? [] : [word("identity")];
  const again = { duplicateOf: null, answeredAt: null, waitingFor };
  const received = await step(world, request, acting.actor, { to: "received", facts: again });
  return isProven(request) ? tryAcknowledge(world, received, acting) : received;
}

function endedUnanswered(request: Request): boolean {
  const { state } = request;
  return state === word("withdrawn") || (state === word("denied") && !isProven(request));
}

function isProven(row: CaseRow): boolean {
  return factsOf(row).identity !== word("unproven");
}
