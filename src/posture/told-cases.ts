import type { Publication } from "#analytics";
import { storedEntries, tryReadEntry, type Entry, type EntryType } from "#audit";
import type { CaseId, EpochMs, SubjectId, Word } from "#kernel";

import type { Ground } from "./ground.ts";
import { isSame, requestAfter, type ToldRequest } from "./told-requests.ts";

/** What the ledger says of a case, whatever its row says. */
export interface ToldCase {
  readonly id: CaseId;
  readonly tenant: Word;
  readonly subject: SubjectId | null;
  /** Its first entry. */
  readonly opening: Entry;
  /** When its newest step was written. */
  readonly at: EpochMs;
  /** Its newest step since the last restore; -1: none since. */
  readonly newest: number;
  /** Where each step led: two, where two processes were at one. */
  readonly states: ReadonlyMap<number, ReadonlySet<Word>>;
  /** The term that was told last; `null`: none was. */
  readonly answerBy: EpochMs | null;
  /** Of a request, what each step made of it; `null`: two that differ are told under one number. */
  readonly requests: ReadonlyMap<number, ToldRequest | null>;
}

/** What the ledger tells of the office and of published counts. */
export interface Told {
  /** Those that were not removed since. */
  readonly cases: ReadonlyMap<CaseId, ToldCase>;
  readonly published: readonly Publication[];
  /** Entries of the ledger that were read. */
  readonly size: number;
}

const NOTHING: Told = { cases: new Map(), published: [], size: 0 };

/** Most of a ledger tells of neither, and is not read. */
const TELLING: ReadonlySet<EntryType> = new Set<EntryType>([
  "request",
  "target.intent",
  "target.done",
  "target.failed",
  "targets.settled",
  "tombstone.made",
  "incident",
  "notice",
  "retention.batch",
  "package",
  "analytics.published",
  "restore",
]);

/**
 * Cost: reads the whole ledger.
 *
 * @param before What was read of it already: it is read on from there.
 */
export async function readTold(
  { world: { audit } }: Pick<Ground, "world">,
  before: Told = NOTHING,
): Promise<Told> {
  const cases = new Map(before.cases);
  const published = [...before.published];
  let { size } = before;
  for await (const { index, type, bytes } of storedEntries(audit.store, "ledger", { from: size })) {
    size = index + 1;
    const entry = TELLING.has(type) ? tryReadEntry(bytes) : null;
    if (entry === null) continue;
    if (entry.t === "analytics.published") published.push(entry as unknown as Publication);
    else if (entry.t === "restore") forgetSteps(cases);
    else if (typeof entry["step"] === "number") addStep(cases, entry);
    else if (entry.t === "retention.batch" && Array.isArray(entry["cases"])) {
      for (const id of entry["cases"] as CaseId[]) cases.delete(id);
    }
  }
  return { cases, published, size };
}

function addStep(cases: Map<CaseId, ToldCase>, entry: Entry): void {
  const id = entry["case"] as CaseId;
  const step = entry["step"] as number;
  const known = cases.get(id);
  const states = new Map(known?.states);
  states.set(step, new Set([...(states.get(step) ?? []), entry["state"] as Word]));
  const answerBy = (entry["extendedTo"] ?? entry["answerBy"]) as EpochMs | undefined;
  cases.set(id, {
    id,
    tenant: entry.tenant,
    subject: entry.subject ?? known?.subject ?? null,
    opening: known?.opening ?? entry,
    at: entry.ts,
    newest: Math.max(known?.newest ?? -1, step),
    states,
    answerBy: answerBy ?? known?.answerBy ?? null,
    requests: entry.t === "request" ? requestsAfter(known?.requests, entry) : NO_REQUEST,
  });
}

const NO_REQUEST: ToldCase["requests"] = new Map();

function requestsAfter(known = NO_REQUEST, entry: Entry): ToldCase["requests"] {
  const step = entry["step"] as number;
  const before = step === 0 ? undefined : known.get(step - 1);
  const after = before === null ? null : requestAfter(before, entry);
  const other = known.get(step);
  const sure = other === undefined || (other !== null && after !== null && isSame(other, after));
  return new Map(known).set(step, sure ? after : null);
}

/** A restore puts rows back to older steps, which are taken again. */
function forgetSteps(cases: Map<CaseId, ToldCase>): void {
  for (const [id, one] of cases) cases.set(id, { ...one, newest: -1 });
}
