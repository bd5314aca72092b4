import assert from "node:assert/strict";

import { randomIds, word, type EpochMs, type NodeId, type SubjectId, type Word } from "#kernel";
import type { Derivation, MemoryStore, NodeInsert, NodeKind, NodeRow, Removed } from "#memory";

/** What the rules of a memory store are checked with. */
export const NOW = 1_800_000_000_000 as EpochMs;
export const LATER = (NOW + 1000) as EpochMs;
export const ada = randomIds.next("subject");
export const ben = randomIds.next("subject");
export const ALL_KINDS: readonly NodeKind[] = ["memory", "derived", "block", "edge"];
export const NOTHING: Removed = {
  nodes: 0,
  embeddings: 0,
  derivations: 0,
  sessions: 0,
  idempotency: 0,
};

/** What a row is for, unless it says otherwise. */
export const PURPOSES: readonly Word[] = [word("assistant")];

export const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
export const time = (ms: number): EpochMs => (NOW + ms) as EpochMs;
export const idsOf = (rows: readonly { readonly node: NodeId }[]): NodeId[] =>
  rows.map(({ node }) => node);
/** For comparing as sets. */
export const sorted = (rows: readonly { readonly node: NodeId }[]): NodeId[] => idsOf(rows).sort();

export function row(fields: Partial<NodeRow> = {}): NodeRow {
  return {
    subject: ada,
    node: randomIds.next("node"),
    revision: 1,
    kind: "memory",
    category: word("health"),
    categories: [word("health")],
    purposes: PURPOSES,
    special: true,
    phi: false,
    createdAt: NOW,
    updatedAt: NOW,
    expiresAt: null,
    session: null,
    position: 0,
    deriver: null,
    body: bytes(1, 2, 3),
    embedding: null,
    replayTag: null,
    ...fields,
  };
}

/** An insert of these rows, for the subject of the first. */
export function of(rows: readonly NodeRow[], more: Partial<NodeInsert> = {}): NodeInsert {
  const subject = rows[0]?.subject ?? ada;
  return { subject, rows, derivations: [], idempotency: null, now: NOW, ...more };
}

export const under = (tag: Uint8Array, until = LATER): Pick<NodeInsert, "idempotency"> => ({
  idempotency: { tag, until },
});

/** Inserts rows, which must be accepted. */
export async function put(store: MemoryStore, ...rows: NodeRow[]): Promise<NodeRow[]> {
  assert.deepEqual(await store.insert(of(rows)), { status: "inserted" });
  return rows;
}

/** How `made` was made from `sources`. */
export function links(made: NodeRow, sources: readonly NodeRow[]): Derivation[] {
  return sources.map(({ node, revision }, position) => ({
    derived: made.node,
    source: node,
    sourceRevision: revision,
    position,
  }));
}

/** Inserts a node made from others. */
export async function derive(
  store: MemoryStore,
  sources: readonly NodeRow[],
  fields: Partial<NodeRow> = {},
): Promise<NodeRow> {
  const made = row({ kind: "derived", subject: sources[0]!.subject, ...fields });
  const insert = of([made], { derivations: links(made, sources) });
  assert.deepEqual(await store.insert(insert), { status: "inserted" });
  return made;
}

/** Everything a subject has, for asking whether it is untouched. */
export async function everything(store: MemoryStore, subject: SubjectId) {
  const { change, rows } = await store.load(subject, ALL_KINDS, 0);
  const nodes = rows.toSorted((left, right) => (left.node < right.node ? -1 : 1));
  const from = await Promise.all(
    nodes.map(({ node }) => store.derivations(subject, { derived: node })),
  );
  return { change, nodes, from: from.flat(), counts: await store.count(subject) };
}
