import {
  isAccessLog,
  storedEntries,
  tryReadEntry,
  type AuditStore,
  type Entry,
  type EntryType,
} from "#audit";
import type { SubjectId } from "#kernel";

import { Gathered, type NamedNode } from "./affected.ts";
import { fetchedPackages } from "./fetched.ts";
import { accessEntries, type Gathering, type TooMany } from "./log-scan.ts";
import { isAsked, isWithin, type ScopeQuestion } from "./question.ts";
import { isIn } from "./share.ts";

/** What gives content out of the store; and what a person wrote in a request, and was written. */
const RELEASES: ReadonlySet<EntryType> = new Set([
  "retrieve",
  "export",
  "disclose",
  "request.read",
]);

/** What tells of the person, be there no memory in it. */
const TELLS: ReadonlySet<EntryType> = new Set(["export", "request.read"]);

/**
 * What was given out, person by person. Each person's entries are in one access log, and each of
 * them names its items. What a kept package holds is given out when its link is used.
 */
export async function gatherReleased(
  store: AuditStore,
  question: ScopeQuestion,
  gathering: Gathering,
): Promise<Gathered | TooMany> {
  const { share, sizes, seen, itemsMax } = gathering;
  const gathered = new Gathered();
  const fetched = await fetchedPackages(store, question, gathering);
  // A package without any memory tells at least of the person.
  for (const subject of fetched.people()) gathered.person(subject);
  const whole = accessEntries(store, sizes);
  let read = 0;
  for (const log of store.logs.filter(isAccessLog)) {
    const until = { until: sizes.get(log)! };
    for await (const { type, ts, subject, bytes } of storedEntries(store, log, until)) {
      read += 1;
      const mine = subject !== null && isIn(share, subject);
      const release = mine && RELEASES.has(type) && isWithin(question, ts);
      const packed = mine && type === "export" && fetched.mayHold(subject, ts);
      if ((release || packed) && bytes === null) seen.pruned += 1;
      // Once somebody is known to the log, only what they were given matters.
      if (!release && !packed && seen.asked) continue;
      const entry = tryReadEntry(bytes);
      if (entry === null) continue;
      const asked = isAsked(question, entry);
      if (asked) seen.asked = true;
      if ((asked && release) || (packed && fetched.holds(subject, entry))) {
        gather(gathered, subject, entry);
        if (gathered.size > itemsMax) return { after: read / whole };
      }
    }
  }
  return gathered;
}

function gather(gathered: Gathered, subject: SubjectId, entry: Entry): void {
  const nodes = (entry["nodes"] as readonly NamedNode[] | undefined) ?? [];
  const questions = questionsOf(entry);
  // A search that found nothing gave nothing out.
  if (nodes.length === 0 && questions === 0 && !TELLS.has(entry.t)) return;
  gathered.add(subject, nodes);
  gathered.person(subject).questions += questions;
}

/** Told by each part of an entry that was split, and counted once. */
function questionsOf(entry: Entry): number {
  const part = entry["part"] as number | undefined;
  return part === undefined || part === 0 ? ((entry["questions"] as number | undefined) ?? 0) : 0;
}
