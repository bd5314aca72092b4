import { isCode, type EpochMs, type Word } from "#kernel";
import { addDuration, parseDuration } from "#policy";

import { deadlineOf, inTime } from "../deadline.ts";
import { causeOf, LYING, Malformed } from "../failure.ts";
import {
  STRATEGIES,
  type CollectionOutcome,
  type Identity,
  type Outcome,
  type Source,
  type Strategy,
} from "../source.ts";
import type { TargetState } from "./targets-case.ts";

/** What came of asking a target once. */
export type Answer =
  | {
      readonly status: "done";
      readonly records: number;
      readonly verified: boolean;
      readonly collections: readonly CollectionOutcome[];
    }
  | { readonly status: "pending"; readonly records: number; readonly again: EpochMs | null }
  | { readonly status: "failed"; readonly records: number; readonly error: Word };

/**
 * Asks a target to erase a person, and looks whether it did.
 *
 * Why a "done" is not enough: a system may answer so and keep its rows. It is confirmed only when an
 * independent look finds nothing; where there is no such look, the certificate says that there was
 * none.
 */
export async function callTarget(
  source: Source,
  who: Identity,
  order: TargetState["order"],
  request: string,
): Promise<Answer> {
  let records = 0;
  try {
    const outcome = await inTime(deadlineOf(source), (signal) =>
      order === null
        ? source.erase!(who, { request, signal })
        : source.anonymise!(who, order, { request, signal }),
    );
    if (!isOutcome(outcome)) throw new Malformed();
    records = deletedIn(outcome);
    if (outcome.status === "pending") {
      return { status: "pending", records, again: outcome.checkAgainAt ?? null };
    }
    const remaining = await look(source, who, request);
    if (remaining !== null && remaining > 0) return { status: "failed", records, error: LYING };
    const { collections } = outcome;
    return { status: "done", records, verified: remaining !== null, collections };
  } catch (error) {
    return { status: "failed", records, error: causeOf(error) };
  }
}

/** What was ordered of a target, or what its source always does. */
export function orderOf(
  { keep }: Source,
  ordered: TargetState["order"],
  from: EpochMs,
): TargetState["order"] {
  if (ordered !== null || !keep) return ordered;
  const keepUntil = addDuration(from, parseDuration(keep.keepFor)!);
  return { ground: keep.ground as Word, keepUntil };
}

/** How many records still lead to the person; `null` where the source has no way to look. */
export async function look(source: Source, who: Identity, request: string): Promise<number | null> {
  if (source.verify === undefined) return null;
  const found = await inTime(deadlineOf(source), (signal) =>
    source.verify!(who, { request, signal }),
  );
  if (!isCount(found?.remaining)) throw new Malformed();
  return found.remaining;
}

/**
 * Of what was destroyed or changed, the destroyed: a row that stays without the person is not gone,
 * and one that was preserved was counted by nobody.
 */
function deletedIn({ recordsDeleted, collections }: Outcome): number {
  const records = (which: (strategy: Strategy) => boolean): number =>
    collections
      .filter(({ strategy }) => which(strategy))
      .reduce((all, one) => sum(all, one.records), 0);
  const deleted = records((strategy) => strategy === "delete");
  const changed = records((strategy) => strategy !== "delete" && strategy !== "preserve");
  // A source that counts only what it destroyed loses nothing.
  return Math.max(Math.min(deleted, recordsDeleted), recordsDeleted - changed);
}

/** A system may answer any number: what an entry cannot hold is the most that it can. */
export function sum(one: number, other: number): number {
  return Math.min(one + other, Number.MAX_SAFE_INTEGER);
}

/** Far more than a system has tables; its answer stands in one ledger entry. */
const COLLECTIONS_MAX = 200;

function isOutcome(value: unknown): value is Outcome {
  if (typeof value !== "object" || value === null) return false;
  const { status, recordsDeleted, collections, checkAgainAt } = value as Partial<Outcome>;
  const known = status === "done" || status === "pending";
  const again = checkAgainAt === undefined || Number.isSafeInteger(checkAgainAt);
  const listed = Array.isArray(collections) && collections.length <= COLLECTIONS_MAX;
  return known && again && isCount(recordsDeleted) && listed && collections.every(isCollection);
}

const NAME_MAX = 1024;

function isCollection({ name, records, strategy, ground, keepUntil }: CollectionOutcome): boolean {
  return (
    typeof name === "string" &&
    name.length <= NAME_MAX &&
    isCount(records) &&
    STRATEGIES.includes(strategy) &&
    // Rows that stay as they are need a reason: without one they were not erased.
    (strategy !== "preserve" || (ground !== undefined && keepUntil !== undefined)) &&
    (ground === undefined || isCode(ground)) &&
    (keepUntil === undefined || isTime(keepUntil))
  );
}

/** A `Date` can say it: it stands in letters. */
function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value) && !Number.isNaN(new Date(value as number).getTime());
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
