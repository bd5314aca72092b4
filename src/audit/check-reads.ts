import type { NodeId, SubjectId } from "#kernel";

import type { AuditStore } from "./audit-store.ts";
import { tryReadEntry, type Entry, type EntryType } from "./entry.ts";
import { accessLogOf, type AccessLog } from "./log-names.ts";
import { storedEntries } from "./stored-entries.ts";

/** A release that names what an intent before it had planned to destroy. */
export interface ReadFault {
  readonly fault: "read-after-erasure";
  readonly log: AccessLog;
  readonly index: number;
}

/** Planned ids looked for in one pass over a subject's releases: bounds the memory it takes. */
const PLANNED_MAX = 100_000;

const INTENTS: ReadonlySet<EntryType> = new Set([
  "erase.intent",
  "correct.intent",
  "transfer.intent",
]);
const RELEASES: ReadonlySet<EntryType> = new Set(["retrieve", "export", "disclose"]);

/**
 * Looks for releases that the gate should have made impossible: a retrieval, export or disclosure that was
 * decided at or after the gate of an intent, and names a node which the intent planned.
 *
 * Cost: reads the ledger, and for each subject with an intent its entries there and in its access
 * log, a page at a time. Limits: pruned entries cannot be looked at; a correction or a transfer that was
 * aborted forbids nothing.
 *
 * @source docs/ARCHITECTURE.md, "The gate"
 */
export async function checkReads(
  store: AuditStore,
  { faultsMax, plannedMax = PLANNED_MAX }: { faultsMax: number; plannedMax?: number },
): Promise<readonly ReadFault[]> {
  const faults: ReadFault[] = [];
  for await (const { type, subject, index } of storedEntries(store, "ledger")) {
    if (subject === null || !INTENTS.has(type)) continue;
    // Once a subject, without a list of all of them: at the first of its intents.
    if ((await firstIntent(store, subject)) !== index) continue;
    for (const release of await forbiddenReleases(store, subject, plannedMax)) {
      if (faults.length >= faultsMax) return faults;
      const log = accessLogOf(subject, store.logs);
      faults.push({ fault: "read-after-erasure", log, index: release });
    }
  }
  return faults;
}

async function firstIntent(store: AuditStore, subject: SubjectId): Promise<number | null> {
  for await (const { type, index } of storedEntries(store, "ledger", { subject })) {
    if (INTENTS.has(type)) return index;
  }
  return null;
}

async function forbiddenReleases(
  store: AuditStore,
  subject: SubjectId,
  plannedMax: number,
): Promise<Set<number>> {
  const aborted = new Set<unknown>();
  for await (const { type, bytes } of storedEntries(store, "ledger", { subject })) {
    if (type === "correct.aborted" || type === "transfer.aborted")
      aborted.add(tryReadEntry(bytes)?.["erasure"]);
  }
  const found = new Set<number>();
  let plans = new Plans();
  for await (const { type, bytes } of storedEntries(store, "ledger", { subject })) {
    const intent = INTENTS.has(type) ? tryReadEntry(bytes) : null;
    if (intent === null || aborted.has(intent["erasure"])) continue;
    if (plans.size >= plannedMax && !plans.isPartOf(intent)) {
      await lookFor(plans, store, subject, found);
      plans = new Plans();
    }
    plans.add(intent);
  }
  await lookFor(plans, store, subject, found);
  return found;
}

/** Adds the indices of the subject's releases that name what is planned. */
async function lookFor(
  plans: Plans,
  store: AuditStore,
  subject: SubjectId,
  found: Set<number>,
): Promise<void> {
  if (plans.size === 0) return;
  const log = accessLogOf(subject, store.logs);
  for await (const { type, bytes, index } of storedEntries(store, log, { subject })) {
    const release = RELEASES.has(type) ? tryReadEntry(bytes) : null;
    if (release === null) continue;
    const gate = Number(release["gate"]);
    if (nodesOf(release)?.some((node) => plans.forbid(node, gate))) found.add(index);
  }
}

/** What some of a subject's intents forbid to release, each from its gate on. */
class Plans {
  size = 0;
  readonly #nodes = new Map<NodeId, number>();
  readonly #revisions = new Map<string, number>();
  readonly #whole = new Map<unknown, { readonly gate: number; readonly held: Set<unknown> }>();

  /** Whether an intent's held nodes continue those of an entry that was added. */
  isPartOf(intent: Entry): boolean {
    return this.#whole.has(intent["erasure"]);
  }

  add(intent: Entry): void {
    const gate = Number(intent["gate"]);
    const nodes = nodesOf(intent);
    if (nodes === null) return this.#addWhole(intent, gate);
    this.size += nodes.length;
    for (const node of nodes) {
      // A correction ends one revision, an erasure all of them.
      if (intent.t === "correct.intent") keepFirst(this.#revisions, revisionName(node), gate);
      else keepFirst(this.#nodes, node.id, gate);
    }
  }

  forbid(node: NamedNode, gate: number): boolean {
    if (gate >= (this.#nodes.get(node.id) ?? Infinity)) return true;
    if (gate >= (this.#revisions.get(revisionName(node)) ?? Infinity)) return true;
    return [...this.#whole.values()].some(
      (erased) => gate >= erased.gate && !erased.held.has(node.id),
    );
  }

  #addWhole(intent: Entry, gate: number): void {
    const erased = this.#whole.get(intent["erasure"]) ?? { gate, held: new Set() };
    this.#whole.set(intent["erasure"], erased);
    const held = Array.isArray(intent["held"]) ? (intent["held"] as readonly unknown[]) : [];
    for (const id of held) erased.held.add(id);
    this.size += 1 + held.length;
  }
}

interface NamedNode {
  readonly id: NodeId;
  readonly revision: number;
}

/** `null` where an intent means the whole subject. */
function nodesOf(entry: Entry): readonly NamedNode[] | null {
  const nodes = entry["nodes"];
  return Array.isArray(nodes) ? nodes.filter(isNamedNode) : null;
}

function isNamedNode(node: unknown): node is NamedNode {
  return typeof node === "object" && node !== null && "id" in node && "revision" in node;
}

function revisionName({ id, revision }: NamedNode): string {
  return `${id}@${revision}`;
}

function keepFirst<Key>(gates: Map<Key, number>, key: Key, gate: number): void {
  if (!gates.has(key)) gates.set(key, gate);
}
