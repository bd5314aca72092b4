import { isOubliError, type SubjectId } from "#kernel";

import type { AuditStore, GateRows } from "./audit-store.ts";
import { tryReadEntry } from "./entry.ts";
import { key, LedgerStory, thingsOf, type ThingKind, type ToldThing } from "./ledger-story.ts";
import { storedEntries } from "./stored-entries.ts";

/** A row that gates reads, and that is not what the ledger says. */
export interface GateFault {
  readonly fault: `${ThingKind}-changed` | "rows-damaged";
  /** The entry that says otherwise; the ledger's size where no entry says anything of it. */
  readonly index: number;
  /** Left out for whoever may not know of every controller's people. */
  readonly subject?: SubjectId;
}

const SUBJECTS_PAGE = 500;

/**
 * Rebuilds from the ledger what gates reads (the gate, consents, restrictions, holds, erasures) and
 * compares it with the rows, one subject at a time. So whoever can write to the database cannot
 * change what may be read without an entry that says so.
 *
 * Safe beside appends: the rows of a subject come with the size that the ledger had with them, and
 * are compared with the entries below it.
 *
 * Cost: a snapshot and the ledger entries of every subject. Limits: what an erasure was asked to
 * make anew, leases and the queue are not told by the ledger, and gates do not read them.
 */
export async function checkGates(
  store: AuditStore,
  faultsMax: number,
): Promise<readonly GateFault[]> {
  const faults: GateFault[] = [];
  for (let after: SubjectId | null = null; ;) {
    const page: readonly SubjectId[] = await store.gateSubjects({ after, limit: SUBJECTS_PAGE });
    for (const subject of page) {
      faults.push(...(await checkSubject(store, subject)));
      if (faults.length >= faultsMax) return faults.slice(0, faultsMax);
    }
    if (page.length < SUBJECTS_PAGE) return faults;
    after = page.at(-1)!;
  }
}

async function checkSubject(store: AuditStore, subject: SubjectId): Promise<GateFault[]> {
  try {
    const rows = await store.gateRows(subject);
    const told = await toldOf(store, subject, rows.size);
    return compare(rows, told).map((fault) => ({ ...fault, subject }));
  } catch (error) {
    if (!isOubliError(error, "STORE_DAMAGED")) throw error;
    const { size } = await store.head("ledger");
    return [{ fault: "rows-damaged", index: size, subject }];
  }
}

async function toldOf(store: AuditStore, subject: SubjectId, size: number): Promise<LedgerStory> {
  const story = new LedgerStory();
  for await (const { index, bytes } of storedEntries(store, "ledger", { until: size, subject })) {
    const entry = tryReadEntry(bytes);
    if (entry) story.tell(entry, index);
  }
  return story;
}

/** Each row against what was told of it. What is left was told, and has no row. */
function compare(rows: GateRows, story: LedgerStory): Omit<GateFault, "subject">[] {
  const told = new Map<string, ToldThing>();
  for (const one of story.things()) told.set(key(one.kind, one.name), one);
  const faults: Omit<GateFault, "subject">[] = [];
  for (const { kind, name, text } of thingsOf(rows)) {
    const expected = told.get(key(kind, name));
    // Taken out, so that a second row of the same name has nothing that speaks for it.
    told.delete(key(kind, name));
    if (expected?.text === text) continue;
    faults.push({ fault: `${kind}-changed`, index: expected?.index ?? rows.size });
  }
  for (const { kind, index } of told.values()) faults.push({ fault: `${kind}-changed`, index });
  return faults;
}
