import { OubliError, type Json } from "#kernel";

import type { Case, NewCase } from "./case.ts";
import type { CaseRow } from "./case-store.ts";
import { recordStep } from "./record.ts";
import { sealFile } from "./file.ts";
import type { CaseWorld } from "./world.ts";

/**
 * Opens a case: its key, its entry in the ledger, its row.
 *
 * Why it is safe to die between them: a key without a row is swept, and an entry without a row is of
 * a case that nobody was told of. A row without its entry there never is.
 *
 * @throws {OubliError} `AUDIT_UNAVAILABLE`, `STORE_…`: there is no case. `CONFLICT` where one of the
 *   id that was told is there.
 */
export async function openCase<File extends Json>(
  world: CaseWorld,
  opening: NewCase<File>,
): Promise<Case<File>> {
  const { kind, tenant, actor, subject, state, file, entry } = opening;
  const { parent = null, dueAt = null, endsAt = null, facts = {} } = opening;
  const { id = world.ids.next("case") } = opening;
  const sealed = await sealFile(world, { id, tenant, step: 0 }, file);
  const openedAt = world.clock.now();
  const row: CaseRow = {
    id,
    kind,
    tenant,
    subject,
    parent,
    state,
    step: 0,
    openedAt,
    dueAt,
    closedAt: null,
    endsAt,
    facts,
    sealed,
  };
  await recordStep(world, row, actor, entry);
  if ((await world.cases.open(row)) === "present") throw new OubliError("CONFLICT", { case: id });
  return { ...row, file };
}
