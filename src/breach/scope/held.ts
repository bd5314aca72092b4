import {
  isAccessLog,
  storedEntries,
  tryReadEntry,
  type AuditStore,
  type Entry,
  type EntryType,
} from "#audit";
import type { ErasureId, NodeId, SubjectId } from "#kernel";

import { Gathered, type NamedNode } from "./affected.ts";
import { accessEntries, entriesOfTypes, type Gathering, type TooMany } from "./log-scan.ts";
import { beforeEnd, precedes, type ScopeQuestion } from "./question.ts";
import { isIn } from "./share.ts";

/** What puts something into the store. */
const WRITES: ReadonlySet<EntryType> = new Set(["remember", "link"]);

/** What takes it out again, and what brings people from elsewhere. */
const MOVES: ReadonlySet<EntryType> = new Set([
  "transfer.in",
  "erase.intent",
  "correct.intent",
  "erase.executed",
  "correct.executed",
]);

/**
 * What lay in the store within the window, read or not: all that was written before its end,
 * without what was destroyed before its beginning. For a key or a region in others' hands.
 *
 * Limits: a write that was logged and then failed counts as written.
 */
export async function gatherHeld(
  store: AuditStore,
  question: ScopeQuestion,
  { share, sizes, seen, itemsMax }: Gathering,
): Promise<Gathered | TooMany> {
  const whole = accessEntries(store, sizes);
  let read = 0;
  const { tenant, key } = question;
  const gathered = new Gathered();
  const only = key !== null && "subject" in key ? key.subject : null;
  const counts = (subject: SubjectId | null): subject is SubjectId =>
    subject !== null && (only === null || subject === only) && isIn(share, subject);
  for (const log of store.logs.filter(isAccessLog)) {
    const until = { until: sizes.get(log)! };
    for await (const { type, ts, subject, bytes } of storedEntries(store, log, until)) {
      read += 1;
      if (!counts(subject) || !WRITES.has(type) || !beforeEnd(question, ts)) continue;
      if (bytes === null) seen.pruned += 1;
      const entry = tryReadEntry(bytes);
      if (entry?.tenant !== tenant) continue;
      gathered.add(subject, (entry["nodes"] ?? []) as readonly NamedNode[]);
      if (gathered.size > itemsMax) return { after: read / whole };
    }
  }
  const acts = new Acts();
  for await (const entry of entriesOfTypes(store, "ledger", sizes, MOVES)) {
    if (!counts(entry.subject) || entry.tenant !== tenant) continue;
    applyMove(gathered, acts, question, entry as Entry & { readonly subject: SubjectId });
  }
  return gathered;
}

function applyMove(
  gathered: Gathered,
  acts: Acts,
  question: ScopeQuestion,
  entry: Entry & { readonly subject: SubjectId },
): void {
  if (entry.t === "transfer.in") {
    const { nodes } = entry["scope"] as { readonly nodes: number };
    if (beforeEnd(question, entry.ts)) gathered.person(entry.subject).unlisted += nodes;
  } else if (entry.t.endsWith(".intent")) {
    acts.note(entry);
  } else {
    const act = acts.take(entry);
    // What was destroyed within the window lay there until then.
    if (act !== undefined && precedes(question, entry.ts)) destroy(gathered, entry.subject, act);
  }
}

/** What one act of erasure or correction set out to destroy. */
interface Act {
  /** `null`: the whole person, but for what is held. */
  nodes: Set<NodeId> | null;
  readonly held: Set<NodeId>;
}

/** Acts that have their intent, and are not executed yet. */
class Acts {
  readonly #acts = new Map<ErasureId, Act>();

  note(entry: Entry): void {
    const id = entry["erasure"] as ErasureId;
    const nodes = entry["nodes"] as readonly { readonly id: NodeId }[] | null;
    const act = this.#acts.get(id) ?? { nodes: new Set<NodeId>(), held: new Set<NodeId>() };
    if (nodes === null) act.nodes = null;
    // A correction replaces the first node's content; the node itself stays.
    const corrected = entry["kind"] === "correct" && !this.#acts.has(id);
    for (const node of (nodes ?? []).slice(corrected ? 1 : 0)) act.nodes?.add(node.id);
    for (const node of entry["held"] as readonly NodeId[]) act.held.add(node);
    this.#acts.set(id, act);
  }

  take(entry: Entry): Act | undefined {
    const id = entry["erasure"] as ErasureId;
    const act = this.#acts.get(id);
    this.#acts.delete(id);
    return act;
  }
}

function destroy(gathered: Gathered, subject: SubjectId, { nodes, held }: Act): void {
  const person = gathered.find(subject);
  if (person === undefined) return;
  if (nodes === null) {
    for (const id of person.items.keys()) if (!held.has(id)) person.items.delete(id);
    const spared = [...held].filter((id) => !person.items.has(id)).length;
    person.unlisted = Math.min(person.unlisted, spared);
  } else {
    for (const id of nodes) {
      if (!person.items.delete(id) && person.unlisted > 0) person.unlisted -= 1;
    }
  }
  if (person.items.size === 0 && person.unlisted === 0) gathered.remove(subject);
}
