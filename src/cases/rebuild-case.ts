import type { Entry, EntryType } from "#audit";
import type { CaseId, Json } from "#kernel";

import type { CaseKind, CaseRow } from "./case-store.ts";
import { sealFile } from "./file.ts";
import type { CaseWorld } from "./world.ts";

/** What an opening entry tells of a case, and what its file is without what was sealed. */
export interface Rebuilt extends Pick<CaseRow, "parent" | "facts" | "dueAt"> {
  readonly file: Json;
}

/** What became of a case that an entry opens. */
export interface Lived {
  /** It is its only entry: the process may have died before there was a row. */
  readonly alone: boolean;
  /** Its file was destroyed since. */
  readonly isOver: boolean;
}

/** Reads a case from the entry that opened it; `null` where there is none to be put back. */
export type Rebuild = (opening: Entry, lived: Lived) => Promise<Rebuilt | null>;

/** The kinds of cases that can be rebuilt, by the type of the entry that opens one. */
export const KIND_OF: Readonly<Partial<Record<EntryType, CaseKind>>> = {
  request: "request",
  incident: "incident",
  notice: "notice",
  "target.intent": "targets",
};

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
    kind: KIND_OF[opening.t]!,
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
