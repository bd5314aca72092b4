import { isAccessLog, tryReadEntry, type AuditStore, type Entry, type EntryType } from "#audit";
import type { SubjectId } from "#kernel";

import { Gathered, type NamedNode } from "./affected.ts";
import { accessEntries, storedEntries, type Gathering, type TooMany } from "./log-scan.ts";
import { isWithin, type ScopeQuestion } from "./question.ts";
import { isIn } from "./share.ts";

/** What gives content out of the store. */
const RELEASES: ReadonlySet<EntryType> = new Set(["retrieve", "export", "disclose"]);

/**
 * What was given out, person by person. Each person's entries are in one access log, and each of
 * them names its items.
 */
export async function gatherReleased(
  store: AuditStore,
  question: ScopeQuestion,
  { share, sizes, seen, itemsMax }: Gathering,
): Promise<Gathered | TooMany> {
  const gathered = new Gathered();
  const whole = accessEntries(store, sizes);
  let read = 0;
  for (const log of store.logs.filter(isAccessLog)) {
    for await (const { type, ts, subject, bytes } of storedEntries(store, log, sizes)) {
      read += 1;
      const mine = subject !== null && isIn(share, subject);
      const release = mine && RELEASES.has(type) && isWithin(question, ts);
      if (release && bytes === null) seen.pruned += 1;
      // Once somebody is known to the log, only what they were given matters.
      if (!release && seen.asked) continue;
      const entry = tryReadEntry(bytes);
      if (entry === null || !isAsked(question, entry)) continue;
      seen.asked = true;
      if (release) {
        gather(gathered, subject, entry);
        if (gathered.size > itemsMax) return { after: read / whole };
      }
    }
  }
  return gathered;
}

function isAsked({ tenant, actor, session }: ScopeQuestion, entry: Entry): boolean {
  if (entry.tenant !== tenant) return false;
  if (actor !== null && entry.actor.id !== actor) return false;
  return session === null || entry.session === session;
}

function gather(gathered: Gathered, subject: SubjectId, entry: Entry): void {
  const nodes = (entry["nodes"] as readonly NamedNode[] | undefined) ?? [];
  const questions = questionsOf(entry);
  // A search that found nothing gave nothing out; an export tells at least of the person.
  if (nodes.length === 0 && questions === 0 && entry.t !== "export") return;
  gathered.add(subject, nodes);
  gathered.person(subject).questions += questions;
}

/** Told by each part of an entry that was split, and counted once. */
function questionsOf(entry: Entry): number {
  const part = entry["part"] as number | undefined;
  return part === undefined || part === 0 ? ((entry["questions"] as number | undefined) ?? 0) : 0;
}
