import type { DatabaseSync } from "node:sqlite";

import type { FencePage, ReplayFence } from "#audit";
import type { EpochMs } from "#kernel";

/** Rows that one transaction removes at most where a time is over: bounds the lock. */
export const ENDED_MAX = 5_000;

const EVER = Number.MAX_SAFE_INTEGER;
const NO_TAG = new Uint8Array();

/**
 * The fences stand in two databases: in `memory.db`, where the insert that they refuse is decided,
 * and in `audit.db`, where a restore of the memories does not lose them.
 *
 * No row says whose it was, and none may be found out: rows lie in the order of their tags.
 */
export const REPLAY_FENCE_TABLE = `
        CREATE TABLE replay_fence (
          tag BLOB PRIMARY KEY, until INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX replay_fence_until ON replay_fence (until);`;

/** Call from inside a transaction. */
export function replayFenceStatements(sql: DatabaseSync) {
  const upsert = sql.prepare(`
    INSERT INTO replay_fence VALUES (?, ?)
    ON CONFLICT DO UPDATE SET until = max(until, excluded.until)`);
  const selectPage = sql.prepare(`
    SELECT tag, until FROM replay_fence INDEXED BY replay_fence_until
    WHERE (until, tag) > (?, ?) AND until < ? ORDER BY until, tag LIMIT ?`);
  const end = sql.prepare(`
    DELETE FROM replay_fence
    WHERE tag IN (SELECT tag FROM replay_fence WHERE until <= ? LIMIT ${ENDED_MAX})`);

  return {
    /** One that ends later already stays as it is. */
    put(fences: readonly ReplayFence[]): void {
      for (const { tag, until } of fences) upsert.run(tag, until);
    },
    page({ from, to, after, limit }: FencePage): ReplayFence[] {
      // No tag is empty, so every one that ends at `from` lies behind it.
      const { until, tag } = after ?? { until: from, tag: NO_TAG };
      const rows = selectPage.all(until, tag, to ?? EVER, limit);
      return (rows as unknown as ReplayFence[]).map((row) => ({ tag: row.tag, until: row.until }));
    },
    /** Removes some of what is over. @returns how many. */
    end: (now: EpochMs): number => Number(end.run(now).changes),
  };
}
