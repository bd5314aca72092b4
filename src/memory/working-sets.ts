import type { Clock, NodeId, SubjectId, Word } from "#kernel";
import { keyName, type Keyring } from "#keys";

import { openRow } from "./body.ts";
import type { KnownFacts } from "./facts.ts";
import type { MemoryStore } from "./memory-store.ts";
import type { NodeKind, NodeRow } from "./node.ts";
import { createShelf, IDLE_MS } from "./shelf.ts";
import { createWorkingSet, type WorkingSet } from "./working-set.ts";

/** What is ranked. Blocks repeat memories, and edges have no text of their own. */
export const RANKED_KINDS: readonly NodeKind[] = ["memory", "derived"];

export interface WorkingSets {
  /**
   * The subject's working set as of these facts.
   *
   * @param change The subject's change number, where it was asked for with the facts already.
   */
  open(tenant: Word, known: KnownFacts, change?: Promise<number>): Promise<WorkingSet>;
  /**
   * The set as it was left, with the change number that it was left at: it lacks what was written
   * since. `null` when none is kept that is valid for these facts.
   */
  last(known: KnownFacts): { readonly set: WorkingSet; readonly change: number } | null;
  /** Something was written: the next use of the set reads on. */
  behind(subject: SubjectId): void;
  /** Forgets these nodes' content at once. */
  dropNodes(subject: SubjectId, nodes: readonly NodeId[]): void;
  /** Forgets a subject's content at once. */
  drop(subject: SubjectId): void;
  close(): void;
}

interface Kept {
  readonly set: WorkingSet;
  /** The gate it is valid for; `null` must be reconciled before use. */
  seq: number | null;
  change: number;
  /** Whether this process itself wrote something since. */
  behind: boolean;
}

interface Sources {
  readonly region: Word;
  readonly store: MemoryStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Tells live sessions which nodes vanished. */
  readonly onVanished: (subject: SubjectId, nodes: readonly NodeId[]) => void;
}

/**
 * Keeps working sets: bounded by bytes (least recently used go first) and by idle time.
 *
 * Why it is safe: a set is used for the gate of the facts, which the append compares, and for the
 * change number that was just read, or that the append compares as well; and not while an act is
 * pending. Otherwise it is reconciled: which revisions are visible and whose keys are alive is read
 * again, and what vanished is dropped. What is kept is content of a revision, which never changes.
 * An act that comes later moves the gate, and the append finds out.
 */
export function createWorkingSets(sources: Sources): WorkingSets {
  const kept = createShelf<Kept>();
  const opening = new Map<SubjectId, Promise<unknown>>();
  const timer = setInterval(() => kept.dropIdle(sources.clock.now()), IDLE_MS / 4);
  timer.unref();

  async function refresh(
    tenant: Word,
    { subject, facts }: KnownFacts,
    change: Promise<number> | undefined,
  ): Promise<WorkingSet> {
    const { seq, pending } = facts.gate;
    let entry = kept.get(subject);
    if (!entry) {
      entry = { set: createWorkingSet(subject), seq: null, change: 0, behind: false };
      await loadAfter(sources, tenant, entry);
    } else if (entry.seq !== seq || pending > 0) {
      entry.seq = null;
      await reconcile(sources, tenant, entry);
    } else if (entry.behind || (await (change ?? sources.store.change(subject))) !== entry.change) {
      await loadAfter(sources, tenant, entry);
    }
    // While an act is pending the set is of no use to the next call: it reconciles again.
    entry.seq = pending === 0 ? seq : null;
    kept.put(subject, entry, { bytes: entry.set.bytes, at: sources.clock.now() });
    return entry.set;
  }

  return {
    async open(tenant, known, change) {
      // One at a time for each subject: two refreshes of one set would work on each other's halves.
      const before = opening.get(known.subject);
      const turn = (before ?? Promise.resolve()).then(
        () => refresh(tenant, known, change),
        () => refresh(tenant, known, change),
      );
      opening.set(known.subject, turn);
      try {
        return await turn;
      } finally {
        if (opening.get(known.subject) === turn) opening.delete(known.subject);
      }
    },
    last({ subject, facts: { gate } }) {
      const entry = kept.get(subject);
      const valid = entry && !entry.behind && entry.seq === gate.seq && gate.pending === 0;
      return valid ? entry : null;
    },
    behind(subject) {
      const entry = kept.get(subject);
      if (entry) entry.behind = true;
    },
    dropNodes(subject, nodes) {
      const set = kept.get(subject)?.set;
      for (const node of nodes) set?.drop(node);
    },
    drop: (subject) => kept.drop(subject),
    close() {
      clearInterval(timer);
      kept.clear();
    },
  };
}

/** Opens what was written since the set's change number. */
async function loadAfter(sources: Sources, tenant: Word, entry: Kept): Promise<void> {
  // Before the store is asked: what is written meanwhile makes it true again.
  entry.behind = false;
  const { change, rows } = await sources.store.load(entry.set.subject, RANKED_KINDS, entry.change);
  await openRows(sources, tenant, entry.set, rows);
  entry.change = change;
}

/** Makes the set hold exactly the revisions that are visible and whose keys are alive. */
async function reconcile(sources: Sources, tenant: Word, entry: Kept): Promise<void> {
  const { set } = entry;
  entry.behind = false;
  const { change, heads } = await sources.store.heads(set.subject, RANKED_KINDS);
  const alive = new Set((await sources.keyring.liveRefs(set.subject)).map(keyName));
  const visible = new Map(
    heads.filter((head) => alive.has(keyName(head))).map(({ node, revision }) => [node, revision]),
  );
  const vanished = [...set.nodes.values()].filter(
    ({ node, revision }) => visible.get(node) !== revision,
  );
  for (const { node } of vanished) set.drop(node);
  const missing = [...visible.keys()].filter((node) => !set.nodes.has(node));
  if (missing.length > 0) {
    await openRows(sources, tenant, set, await sources.store.rows(set.subject, missing));
  }
  entry.change = change;
  // What was corrected has vanished too, for who holds its old text.
  const gone = vanished.map(({ node }) => node);
  if (gone.length > 0) sources.onVanished(set.subject, gone);
}

/** Rows without a key are those of an erased node, or of one whose write is not finished. */
async function openRows(
  { keyring, region }: Sources,
  tenant: Word,
  set: WorkingSet,
  rows: readonly NodeRow[],
): Promise<void> {
  if (rows.length === 0) return;
  // A whole subject's keys are read in one sweep; naming each would cost more.
  const refs = rows.length > 200 ? undefined : rows;
  const keys = await keyring.nodeKeys(set.subject, refs);
  for (const row of rows) {
    const key = keys.get(keyName(row));
    if (key) set.put(openRow(key, { tenant, region }, row));
    else set.drop(row.node);
  }
}
