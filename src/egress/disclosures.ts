import {
  accessLogOf,
  readEntry,
  storedEntries,
  type AccessLog,
  type AuditStore,
  type Entry,
  type StoredEntry,
} from "#audit";
import type { Actor, EpochMs, NodeId, SessionId, SubjectId, Word } from "#kernel";

/** Something of a person's that was given to a processor. */
export interface DisclosureRecord {
  readonly log: AccessLog;
  /** Its place in that log. */
  readonly index: number;
  readonly at: EpochMs;
  /** `failed`: the attempt at `of` failed. Bytes may have left all the same. */
  readonly outcome: "given" | "failed";
  readonly of: number | null;
  readonly actor: Actor;
  readonly session: SessionId | null;
  readonly processor: Word;
  readonly role: Word | null;
  readonly country: Word | null;
  /** The document of the contract that it rested on. */
  readonly contract: Word | null;
  readonly purpose: Word | null;
  readonly basis: Word | null;
  readonly categories: readonly Word[];
  readonly nodes: readonly DisclosedNode[];
  /** How many questions were given, which belong to no memory. */
  readonly questions: number;
}

export interface DisclosedNode {
  readonly id: NodeId;
  readonly revision: number;
  readonly category: Word;
  readonly special: boolean;
  readonly phi?: true;
}

export interface DisclosurePage {
  readonly records: readonly DisclosureRecord[];
  /** Where the next page starts; `null` at the end. */
  readonly next: number | null;
}

/** An entry may name a thousand memories. */
const PAGE_SIZE = 64;

/**
 * What was given to whom of one person, oldest first: for an answer to who the recipients are, and
 * for the accounting of disclosures.
 *
 * Cost: reads the person's entries in the access log from `from` on until the page is full.
 * Limits: entries that retention has ended are gone.
 *
 * @source GDPR Art. 15(1)(c), 19 · 45 CFR 164.528
 */
export async function disclosures(
  store: AuditStore,
  subject: SubjectId,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<DisclosurePage> {
  const records: DisclosureRecord[] = [];
  const log = accessLogOf(subject, store.logs);
  for await (const stored of storedEntries(store, log, { from, subject, pageSize: PAGE_SIZE })) {
    const record = recordOf(log, stored);
    if (record === null) continue;
    if (records.length === limit) return { records, next: record.index };
    records.push(record);
  }
  return { records, next: null };
}

const PAGE = 500;

/** All of them, a page at a time. */
export async function* allDisclosures(
  store: AuditStore,
  subject: SubjectId,
): AsyncGenerator<readonly DisclosureRecord[]> {
  for (let from: number | null = 0; from !== null;) {
    const page: DisclosurePage = await disclosures(store, subject, { from, limit: PAGE });
    yield page.records;
    from = page.next;
  }
}

function recordOf(log: AccessLog, { index, type, bytes }: StoredEntry): DisclosureRecord | null {
  if (bytes === null || (type !== "disclose" && type !== "disclose.failed")) return null;
  const entry = readEntry(bytes);
  return {
    log,
    index,
    at: entry.ts,
    outcome: type === "disclose" ? "given" : "failed",
    of: fact(entry, "of"),
    actor: entry.actor,
    session: entry.session ?? null,
    processor: entry["processor"] as Word,
    role: fact(entry, "role"),
    country: fact(entry, "country"),
    contract: fact(entry, "contract"),
    purpose: fact(entry, "purpose"),
    basis: fact(entry, "basis"),
    categories: fact(entry, "categories") ?? [],
    nodes: fact(entry, "nodes") ?? [],
    questions: fact(entry, "questions") ?? 0,
  };
}

/** A fact that this room wrote; `null` where the entry has none. */
function fact<Value>(entry: Entry, name: string): Value | null {
  return (entry[name] as Value | undefined) ?? null;
}
