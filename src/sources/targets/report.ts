import { allCases, loadCase, type CaseRow } from "#cases";
import {
  word,
  type CaseId,
  type EpochMs,
  type ErasureId,
  type SubjectId,
  type Word,
} from "#kernel";

import { BLOCKED, UNREGISTERED } from "../failure.ts";
import { sourceOf } from "../known.ts";
import type { SourcesWorld } from "../world.ts";
import { factsIn, isErasure, type Kept, type TargetState } from "./targets-case.ts";

/** What one target answered, as it is. */
export interface TargetAnswer {
  readonly target: Word;
  /** Whether it is confirmed that nothing is left there. */
  readonly success: boolean;
  readonly recordsDeleted: number;
  /** Why not, as a code: `timeout`, `lying`, `blocked`, `pending`, … */
  readonly error?: Word;
  /** An independent look found nothing left; `false` where the target has no such look. */
  readonly verified: boolean;
  /** A person said that it is done. */
  readonly manual: boolean;
  /** What was not deleted, on which ground and until when. */
  readonly kept: readonly Kept[];
  /** When it is asked again. */
  readonly again: EpochMs | null;
}

/** How far an erasure has come in the other systems. */
export interface TargetsReport {
  readonly case: CaseId;
  readonly subject: SubjectId | null;
  readonly erasure: ErasureId;
  /** `planned`, `running`, `settled`; `abandoned` where the erasure was refused. */
  readonly state: Word;
  /** Every target is confirmed, and the ledger says so. */
  readonly complete: boolean;
  /** Where the ledger says so. */
  readonly settledIndex: number | null;
  readonly openedAt: EpochMs;
  readonly targets: readonly TargetAnswer[];
}

export function reportOf(world: SourcesWorld, row: Omit<CaseRow, "sealed">): TargetsReport {
  const { erasure, targets, settled } = factsIn(row);
  return {
    case: row.id,
    subject: row.subject,
    erasure,
    state: row.state,
    complete: settled !== undefined,
    settledIndex: settled ?? null,
    openedAt: row.openedAt,
    targets: targets.map((one) => answerOf(world, row.tenant, targets, one)),
  };
}

/** @throws {OubliError} `NOT_FOUND` */
export async function targetsReport(
  world: SourcesWorld,
  which: { readonly tenant: Word; readonly id: CaseId },
): Promise<TargetsReport> {
  return reportOf(world, await loadCase(world, { ...which, kind: "targets" }));
}

export interface ReportsPage {
  readonly tenant: Word;
  /** Only those that are not complete. */
  readonly open?: boolean;
  readonly subject?: SubjectId | undefined;
  readonly limit: number;
}

/** Erasures, newest first; tombstones are none. */
export async function targetsReports(
  world: SourcesWorld,
  { tenant, open = false, subject, limit }: ReportsPage,
): Promise<readonly TargetsReport[]> {
  const found: TargetsReport[] = [];
  const whose = subject === undefined ? {} : { subject };
  const which = { tenant, kind: "targets", ...whose, ...(open ? { open } : {}) } as const;
  for await (const row of allCases(world, which)) {
    if (found.length === limit) break;
    if (isErasure(row)) found.push(reportOf(world, row));
  }
  return found;
}

function answerOf(
  world: SourcesWorld,
  tenant: Word,
  all: readonly TargetState[],
  one: TargetState,
): TargetAnswer {
  const { target, state, records, verified, manual, kept, again } = one;
  const error = errorOf(world, tenant, all, one);
  return {
    target,
    success: state === "confirmed",
    recordsDeleted: records,
    ...(error === null ? {} : { error }),
    verified,
    manual,
    kept,
    again,
  };
}

function errorOf(
  world: SourcesWorld,
  tenant: Word,
  all: readonly TargetState[],
  { target, state, error, eraseAfter }: TargetState,
): Word | null {
  if (state === "confirmed") return null;
  if (state === "pending") return word("pending");
  const first = all.filter((other) => eraseAfter.includes(other.target));
  if (first.some((other) => other.state !== "confirmed")) return BLOCKED;
  return error ?? (sourceOf(world, tenant, target) ? word("waiting") : UNREGISTERED);
}
