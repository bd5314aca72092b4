import type { AuditStore, Entry, EntryType } from "#audit";
import type { CaseId, EpochMs, SubjectId, Word } from "#kernel";

import { entriesOfTypes, type Gathering } from "./log-scan.ts";
import { isAsked, isWithin, type ScopeQuestion } from "./question.ts";
import { isIn } from "./share.ts";

/** What a package holds is what its maker exported of the person while it was made. */
interface Made {
  readonly subject: SubjectId;
  readonly maker: Word;
  readonly from: EpochMs;
  /** When it was whole; a fetch that breaks off makes it ready again, and adds nothing. */
  until: EpochMs | null;
}

const PACKAGES: ReadonlySet<EntryType> = new Set(["package"]);

/** The kept packages that were opened by their link. Whoever has the link opens it. */
export class Fetched {
  readonly #people = new Map<SubjectId, Made[]>();

  add(made: Made): void {
    this.#people.set(made.subject, [...(this.#people.get(made.subject) ?? []), made]);
  }

  people(): Iterable<SubjectId> {
    return this.#people.keys();
  }

  /** Whether such an export of theirs went into one of these packages, for all the log can say. */
  mayHold(subject: SubjectId, at: EpochMs): boolean {
    return this.#of(subject, at).length > 0;
  }

  holds(subject: SubjectId, { ts, actor }: Entry): boolean {
    return this.#of(subject, ts).some(({ maker }) => maker === actor.id);
  }

  #of(subject: SubjectId, at: EpochMs): readonly Made[] {
    const packages = this.#people.get(subject) ?? [];
    return packages.filter(({ from, until }) => from <= at && at <= (until ?? at));
  }
}

/**
 * The packages that were opened within the window, by whom is asked about. The opening stands in
 * the ledger, and names no item; what was read for the package stands in the access log.
 */
export async function fetchedPackages(
  store: AuditStore,
  question: ScopeQuestion,
  { share, sizes, seen }: Gathering,
): Promise<Fetched> {
  const made = new Map<CaseId, Made>();
  const fetched = new Map<CaseId, Made>();
  for await (const entry of entriesOfTypes(store, "ledger", sizes, PACKAGES)) {
    const { ts, subject, actor } = entry;
    if (subject === null || entry.tenant !== question.tenant) continue;
    const id = entry["case"] as CaseId;
    const asked = entry["state"] === "opened" && isAsked(question, entry);
    if (asked) seen.asked = true;
    if (!isIn(share, subject)) continue;
    const known = made.get(id);
    if (known === undefined) made.set(id, { subject, maker: actor.id, from: ts, until: null });
    else if (entry["state"] === "ready") known.until ??= ts;
    else if (asked && isWithin(question, ts)) fetched.set(id, known);
  }
  const found = new Fetched();
  for (const one of fetched.values()) found.add(one);
  return found;
}
