import type { EpochMs, ErasureId, NodeId, SubjectId, Word } from "#kernel";
import type { Inserted, MemoryStore } from "#memory";

import { lockSubject } from "./change-statements.ts";
import { EVERY_SUBJECT, type Call, type Database } from "./database.ts";
import { hexText, plainBytes } from "./memory-row.ts";
import { replayFences } from "./replay-fence-statements.ts";

type Tags = Parameters<MemoryStore["known"]>[1];
type TagPage = Parameters<MemoryStore["replayTags"]>[1];

/** Subjects whose lock one transaction of the sweep holds at most. */
const SWEPT_TOGETHER_MAX = 100;

/** Subject fences, replay fences and idempotency tags. */
export function memoryFences(database: Database) {
  const { fenceReplays, endReplayFences } = replayFences(database);

  return {
    fenceReplays,

    /** Under the subject's lock: no insert that did not see the fence commits after it. */
    async fenceSubject(subject: SubjectId, erasure: ErasureId): Promise<void> {
      const text = "INSERT INTO subject_fence VALUES ($1, $2) ON CONFLICT DO NOTHING";
      await database.write(subject, [
        ...lockSubject(subject),
        { text, values: [subject, erasure] },
      ]);
    },

    async isFenced(subject: SubjectId): Promise<boolean> {
      const text = "SELECT true AS fenced FROM subject_fence WHERE subject_id = $1";
      return (await database.read(subject, { text, values: [subject] })).length === 1;
    },

    async known(
      subject: SubjectId,
      { replay, purposes, idempotency, now }: Tags,
    ): Promise<Inserted | null> {
      const events = eventsJson(replay.map((replayTag) => ({ replayTag, purposes })));
      const [row] = await database.read<{ refused: Inserted | null }>(subject, {
        text: "SELECT refusal($1, $2, $3, $4) AS refused",
        values: [subject, events, idempotency, now],
      });
      return row!.refused;
    },

    async nodesOfEvents(
      subject: SubjectId,
      tags: readonly (Uint8Array | null)[],
      purposes: readonly Word[],
    ): Promise<(NodeId | null)[]> {
      const asked = tags.map((tag) => tag && hexText(tag));
      const rows = await database.read<{ tag: string; node: NodeId }>(subject, {
        text: `
          SELECT '\\x' || encode(replay_tag, 'hex') AS tag, min(node_id) AS node FROM node
          WHERE subject_id = $1 AND replay_tag = ANY($2::bytea[]) AND purposes && $3
          GROUP BY replay_tag`,
        values: [subject, asked.filter((tag) => tag !== null), purposes],
      });
      const nodes = new Map(rows.map(({ tag, node }) => [tag, node]));
      return asked.map((tag) => (tag === null ? null : (nodes.get(tag) ?? null)));
    },

    async replayTags(subject: SubjectId, { except, after, limit }: TagPage): Promise<Uint8Array[]> {
      const rows = await database.read<{ tag: Buffer }>(subject, {
        text: `
          SELECT DISTINCT replay_tag AS tag FROM node
          WHERE subject_id = $1 AND replay_tag > $2 AND node_id <> ALL($3::text[])
          ORDER BY replay_tag LIMIT $4`,
        values: [subject, after ?? new Uint8Array(), except, limit],
      });
      return rows.map(({ tag }) => plainBytes(tag));
    },

    async endFences(now: EpochMs): Promise<number> {
      let removed = await endReplayFences(now);
      for (let ended = -1; ended !== 0; removed += ended) ended = await endAnswers(database, now);
      return removed;
    },
  };
}

/** Source events as the schema's functions read them; `null` where there are none. */
export function eventsJson(
  rows: readonly { readonly replayTag: Uint8Array | null; readonly purposes: readonly Word[] }[],
): string | null {
  const events = rows.flatMap(({ replayTag, purposes }) =>
    replayTag === null ? [] : [{ tag: hexText(replayTag), purposes }],
  );
  return events.length === 0 ? null : JSON.stringify(events);
}

/**
 * Removes answers of calls whose time is over, of some subjects. Finding them locks nothing; each
 * subject's are then removed under its own lock.
 */
async function endAnswers(database: Database, now: EpochMs): Promise<number> {
  const found = await database.read<{ subject: SubjectId }>(EVERY_SUBJECT, {
    text: `
      SELECT DISTINCT subject_id AS subject FROM (
        SELECT subject_id FROM idempotency WHERE until <= $1
        ORDER BY until, subject_id LIMIT $2) AS over
      ORDER BY subject_id`,
    values: [now, SWEPT_TOGETHER_MAX],
  });
  const calls = found.flatMap(({ subject }): Call[] => [
    ...lockSubject(subject),
    {
      text: `
        DELETE FROM idempotency WHERE subject_id = $1 AND until <= $2 RETURNING true AS removed`,
      values: [subject, now],
    },
  ]);
  if (calls.length === 0) return 0;
  const answers = await database.write(EVERY_SUBJECT, calls);
  return answers.flat().filter((row) => row["removed"] === true).length;
}
