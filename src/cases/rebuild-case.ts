import type { Entry } from "#audit";
import type { CaseId, Json } from "#kernel";

import type { CaseKind, CaseRow } from "./case-store.ts";
import { sealFile } from "./file.ts";
import type { CaseWorld } from "./world.ts";

/** What an opening entry tells of a case, and what its file is without what was sealed. */
export interface Rebuilt extends Pick<CaseRow, "parent" | "facts" | "dueAt"> {
  readonly file: Json;
}

/**
 * Reads a case from the entry that opened it; `null` where it was opened anew under another id.
 *
 * @param alone Whether it is its only entry: the process may have died before there was a row.
 */
export type Rebuild = (opening: Entry, alone: boolean) => Promise<Rebuilt | null>;

/**
 * Puts the row of a case back that was opened behind a backup, at its first step.
 *
 * @param isOver Whether its file was destroyed since: then it gets none.
 * @returns `null` where there is one that something else wrote.
 */
export async function putBack(
  world: Pick<CaseWorld, "cases" | "keyring">,
  opening: Entry,
  { file, ...told }: Rebuilt,
  isOver: boolean,
): Promise<CaseRow | null> {
  const row: CaseRow = {
    ...told,
    id: opening["case"] as CaseId,
    kind: opening.t as CaseKind,
    tenant: opening.tenant,
    subject: opening.subject,
    state: opening["state"] as CaseRow["state"],
    step: 0,
    openedAt: opening.ts,
    closedAt: null,
    endsAt: null,
    sealed: null,
  };
  const filed = isOver ? row : { ...row, sealed: await sealFile(world, row, file) };
  return (await world.cases.open(filed)) === "opened" ? filed : null;
}
