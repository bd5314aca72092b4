import { tryReadEntry, type Entry } from "#audit";
import type { CaseId } from "#kernel";

import type { CaseRow } from "./case-store.ts";
import type { CaseWorld } from "./world.ts";

const PAGE = 500;

/**
 * Closes again, behind a restore, the cases that were closed after the backup and whose file was
 * destroyed: it came back with the backup, key and all. Other steps that the backup does not know
 * are taken again, as behind a crash.
 *
 * Of two entries for one step only one was taken, and the ledger does not say which: where they
 * differ, the file stays, for it may be the one that work goes on with.
 *
 * @param from The first ledger entry that the backup may not have.
 * @returns how many.
 */
export async function replayEnds(
  world: Pick<CaseWorld, "audit" | "cases" | "keyring">,
  from: number,
): Promise<number> {
  const last = new Map<CaseId, Entry[]>();
  for await (const entry of stepsFrom(world, from)) {
    const id = entry["case"] as CaseId;
    const step = stepOf(last.get(id)?.[0]);
    if (stepOf(entry) === step) last.get(id)!.push(entry);
    else if (stepOf(entry) > step) last.set(id, [entry]);
  }
  let ended = 0;
  for (const [id, entries] of last) {
    if (!entries.every((entry) => entry["fileDestroyed"] === true)) continue;
    await closeAgain(world, id, entries.at(-1)!);
    ended += 1;
  }
  return ended;
}

async function closeAgain(
  { cases, keyring }: Pick<CaseWorld, "cases" | "keyring">,
  id: CaseId,
  entry: Entry,
): Promise<void> {
  const row = await cases.load(entry.tenant, id);
  if (row !== null && row.step < stepOf(entry)) {
    const state = entry["state"] as CaseRow["state"];
    const closed = { ...row, step: row.step + 1, state, closedAt: entry.ts, dueAt: null };
    await cases.advance({ ...closed, sealed: null });
  }
  await keyring.endCase(id);
}

const stepOf = (entry: Entry | undefined): number => (entry?.["step"] as number | undefined) ?? -1;

async function* stepsFrom({ audit }: Pick<CaseWorld, "audit">, first: number) {
  for (let from = first; ;) {
    const page = await audit.store.entries("ledger", { from, limit: PAGE });
    for (const { bytes } of page) {
      const entry = tryReadEntry(bytes);
      if (entry !== null && typeof entry["step"] === "number") yield entry;
    }
    from += page.length;
    if (page.length < PAGE) return;
  }
}
