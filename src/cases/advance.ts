import { OubliError, type Json } from "#kernel";

import type { Case, Step } from "./case.ts";
import type { CaseRow } from "./case-store.ts";
import { sealFile } from "./file.ts";
import { recordStep } from "./record.ts";
import type { CaseWorld } from "./world.ts";

/**
 * Takes a case one step on: the entry first, then the row, by comparison with the step that the
 * caller has seen.
 *
 * Why it is safe: a crash between them leaves an entry for a step that was not taken, and it is
 * taken again under the same number. Of two processes at the same step one moves the row; the other
 * is told, and its entry stands for a step that failed. A file that is to go leaves its row first:
 * behind a crash there, the sweep finds a key without a file. The other way round, another
 * process's step could be left with a file and no key.
 *
 * @throws {OubliError} `CONFLICT` when another process was faster: load the case again.
 *   `KEY_SHREDDED` when the step has a file and the case's was destroyed.
 */
export async function advance<File extends Json>(
  world: CaseWorld,
  from: Case<File>,
  step: Step<File>,
): Promise<Case<File>> {
  const file = step.destroyFile ? null : (step.file ?? from.file);
  const bare: CaseRow = { ...stepped(from, step, world), sealed: null };
  const sealed = file === null ? null : await sealFile(world, bare, file);
  const index = await recordStep(world, bare, step.actor, step.entry, step.destroyFile);
  const facts = typeof step.facts === "function" ? step.facts(index) : bare.facts;
  const next: Case<File> = { ...bare, facts, sealed, file };
  if ((await world.cases.advance(rowOf(next))) === "stale") {
    throw new OubliError("CONFLICT", { case: next.id });
  }
  if (step.destroyFile) await world.keyring.endCase(next.id);
  return next;
}

/** {@link advance} to a case's last step. */
export function closeCase<File extends Json>(
  world: CaseWorld,
  from: Case<File>,
  step: Omit<Step<File>, "close" | "dueAt">,
): Promise<Case<File>> {
  return advance(world, from, { ...step, close: true });
}

function stepped<File extends Json>(
  from: Case<File>,
  { state, subject, dueAt, endsAt, facts, close }: Step<File>,
  { clock }: CaseWorld,
): CaseRow {
  return {
    ...rowOf(from),
    step: from.step + 1,
    state: state ?? from.state,
    subject: subject ?? from.subject,
    dueAt: close ? null : dueAt === undefined ? from.dueAt : dueAt,
    endsAt: endsAt === undefined ? from.endsAt : endsAt,
    facts: typeof facts === "object" ? facts : from.facts,
    closedAt: from.closedAt ?? (close ? clock.now() : null),
  };
}

function rowOf<File extends Json>(opened: Case<File>): CaseRow {
  const { file: _file, ...row } = opened;
  return row;
}
