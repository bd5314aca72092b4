import type { DatabaseSync } from "node:sqlite";

import type { EpochMs, ErasureId, NodeId, SubjectId, Word } from "#kernel";
import type { Inserted } from "#memory";

import { ENDED_MAX, replayFenceStatements } from "./replay-fence-statements.ts";

/** What an insert is about to store, or a look asks about. */
interface Tags {
  /** Source events, each with the purposes that it is told for. */
  readonly replay: readonly { readonly tag: Uint8Array; readonly purposes: readonly Word[] }[];
  readonly idempotency: Uint8Array | null;
  readonly now: EpochMs;
}

/** Subject fences, replay fences and idempotency tags. Call from inside a transaction. */
export function memoryFenceStatements(sql: DatabaseSync) {
  const insertFence = sql.prepare("INSERT INTO subject_fence VALUES (?, ?) ON CONFLICT DO NOTHING");
  const selectFence = sql.prepare("SELECT 1 FROM subject_fence WHERE subject_id = ?");
  const selectReplayed = sql.prepare("SELECT 1 FROM replay_fence WHERE tag = ? AND until > ?");
  const selectLive = sql.prepare(`
    SELECT node_id AS node FROM node INDEXED BY node_replay
    WHERE subject_id = ? AND replay_tag = ? AND EXISTS (
      SELECT 1 FROM json_each(?) AS wanted
      WHERE instr(node.purposes, json_quote(wanted.value)) > 0)
    ORDER BY node_id`);
  const selectAnswered = sql.prepare(`
    SELECT node_id AS node FROM idempotency
    WHERE subject_id = ? AND tag = ? AND until > ? ORDER BY position`);
  const deleteAnswered = sql.prepare("DELETE FROM idempotency WHERE subject_id = ? AND tag = ?");
  const insertAnswered = sql.prepare("INSERT INTO idempotency VALUES (?, ?, ?, ?, ?)");

  const isFenced = (subject: SubjectId): boolean => selectFence.get(subject) !== undefined;

  const liveFor = (subject: SubjectId, tag: Uint8Array, purposes: readonly Word[]): NodeId[] =>
    nodesOf(selectLive.all(subject, tag, JSON.stringify(purposes)));

  return {
    isFenced,
    fence: (subject: SubjectId, erasure: ErasureId): void => void insertFence.run(subject, erasure),

    /**
     * Why nothing may be inserted, or `null`.
     *
     * The subject's fence comes first: "known" would say that something is kept, when it is on
     * its way out. A live node comes before a replay fence of its event: the fence may be that of
     * another person whom the same event was about. One that is live for other purposes only is
     * passed over: whether there is one must make no difference.
     */
    refusal(subject: SubjectId, { replay, idempotency, now }: Tags): Inserted | null {
      if (isFenced(subject)) return { status: "fenced" };
      if (idempotency !== null) {
        const nodes = nodesOf(selectAnswered.all(subject, idempotency, now));
        if (nodes.length > 0) return { status: "known", nodes };
        if (selectReplayed.get(idempotency, now)) return { status: "replay-of-erased" };
      }
      const known = new Set<NodeId>();
      for (const { tag, purposes } of replay) {
        const live = liveFor(subject, tag, purposes);
        for (const node of live) known.add(node);
        if (live.length === 0 && selectReplayed.get(tag, now) !== undefined) {
          return { status: "replay-of-erased" };
        }
      }
      return known.size > 0 ? { status: "known", nodes: [...known] } : null;
    },

    nodesOfEvents: (
      subject: SubjectId,
      tags: readonly (Uint8Array | null)[],
      purposes: readonly Word[],
    ): (NodeId | null)[] => tags.map((tag) => (tag && liveFor(subject, tag, purposes)[0]) ?? null),

    /** Remembers what a tag was answered with; what an older call left under it is over. */
    answer(subject: SubjectId, tag: Uint8Array, nodes: readonly NodeId[], until: EpochMs): void {
      deleteAnswered.run(subject, tag);
      nodes.forEach((node, position) => insertAnswered.run(subject, tag, position, node, until));
    },
  };
}

const nodesOf = (rows: unknown[]): NodeId[] => (rows as { node: NodeId }[]).map(({ node }) => node);

export type MemoryFenceStatements = ReturnType<typeof memoryFenceStatements>;

/** Ends what only a time keeps. Call from inside a transaction. */
export function endingStatements(sql: DatabaseSync) {
  const replays = replayFenceStatements(sql);
  const endAnswered = sql.prepare(`
    DELETE FROM idempotency WHERE (subject_id, tag, position) IN (
      SELECT subject_id, tag, position FROM idempotency WHERE until <= ? LIMIT ${ENDED_MAX})`);

  return {
    /** Removes some of what is over; answers how many, and whether that was all. */
    end(now: EpochMs): { readonly removed: number; readonly done: boolean } {
      const counts = [replays.end(now), Number(endAnswered.run(now).changes)];
      return {
        removed: counts.reduce((sum, count) => sum + count),
        done: counts.every((count) => count < ENDED_MAX),
      };
    },
  };
}
