import type { FencePage, ReplayFence } from "#audit";
import type { EpochMs } from "#kernel";

import { EVERY_SUBJECT, type Call, type Database } from "./database.ts";

/** Rows that one transaction removes at most where a time is over: bounds its locks. */
const ENDED_MAX = 1_000;

/**
 * The fences stand in two databases: with the memories, where the insert that they refuse is
 * decided, and with the logs, where a restore of the memories does not lose them.
 *
 * No row says whose it was, so row-level security has nothing to compare.
 */
export const REPLAY_FENCE_TABLE = `
        CREATE TABLE replay_fence (tag bytea PRIMARY KEY, until bigint NOT NULL);
        CREATE INDEX replay_fence_until ON replay_fence (until, tag);`;
export const REPLAY_FENCE_RIGHTS = {
  grant: "SELECT, INSERT, UPDATE, DELETE",
  guard: null,
} as const;

/** Puts fences in, in the order of their tags; one that ends later already stays as it is. */
export const putFences = (fences: readonly ReplayFence[]): Call => ({
  text: `
    INSERT INTO replay_fence AS fence
    SELECT decode(tag, 'hex'), max(until)
    FROM unnest($1::text[], $2::bigint[]) AS new (tag, until) GROUP BY tag ORDER BY tag
    ON CONFLICT (tag) DO UPDATE SET until = excluded.until WHERE fence.until < excluded.until`,
  values: [
    fences.map(({ tag }) => Buffer.from(tag).toString("hex")),
    fences.map(({ until }) => String(until)),
  ],
});

/**
 * Finding what is over locks nothing. It is removed in the order in which fences are put in, so
 * that no two wait for each other in a ring.
 */
const OVER = `
  SELECT tag FROM (
    SELECT tag FROM replay_fence WHERE until <= $1 ORDER BY until, tag LIMIT $2) AS over
  ORDER BY tag`;
const END = "DELETE FROM replay_fence WHERE tag = $1 AND until <= $2 RETURNING 1";

export function replayFences(database: Database) {
  return {
    async fenceReplays(fences: readonly ReplayFence[]): Promise<void> {
      if (fences.length > 0) await database.write(EVERY_SUBJECT, [putFences(fences)]);
    },
    replayFences({ from, to, after, limit }: FencePage): Promise<ReplayFence[]> {
      // No tag is empty, so every one that ends at `from` lies behind it.
      const { until, tag } = after ?? { until: from, tag: new Uint8Array() };
      return database.read(EVERY_SUBJECT, {
        text: `
          SELECT tag, until FROM replay_fence
          WHERE (until, tag) > ($1, $2) AND until < coalesce($3, 9223372036854775807)
          ORDER BY until, tag LIMIT $4`,
        values: [until, tag, to, limit],
      });
    },
    async endReplayFences(now: EpochMs): Promise<number> {
      for (let removed = 0; ;) {
        const over = await database.read<{ tag: Buffer }>(EVERY_SUBJECT, {
          text: OVER,
          values: [now, ENDED_MAX],
        });
        if (over.length === 0) return removed;
        const calls = over.map(({ tag }) => ({ text: END, values: [tag, now] }));
        removed += (await database.write(EVERY_SUBJECT, calls)).flat().length;
      }
    },
  };
}
