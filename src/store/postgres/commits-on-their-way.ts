import { setTimeout as pause } from "node:timers/promises";

import { OubliError } from "#kernel";

type Query = <R>(text: string) => Promise<readonly R[]>;

/** Commits that are on their way to several nodes, in this database. */
const ON_THEIR_WAY = `
  SELECT success, result FROM run_command_on_all_nodes('SELECT coalesce(json_agg(gid), ''[]'')
    FROM pg_prepared_xacts WHERE database = current_database()')`;

/**
 * Waits until each commit that stands prepared on a node has ended there. A node that was lost in
 * between may have one for a minute, and nobody sees its rows.
 *
 * @returns how many have not ended in time.
 * @throws {OubliError} `STORE_UNAVAILABLE` where a node does not answer.
 */
export async function settleCommits(query: Query, withinMs: number): Promise<number> {
  const until = performance.now() + withinMs;
  for (let left = await onTheirWay(query); left.length > 0;) {
    if (performance.now() > until) return left.length;
    await pause(20);
    // Those that came meanwhile are others.
    const now = await onTheirWay(query);
    left = left.filter((one) => now.includes(one));
  }
  return 0;
}

async function onTheirWay(query: Query): Promise<readonly string[]> {
  const nodes = await query<{ success: boolean; result: string }>(ON_THEIR_WAY);
  if (nodes.some(({ success }) => !success)) throw new OubliError("STORE_UNAVAILABLE");
  return nodes.flatMap(({ result }) => JSON.parse(result) as string[]);
}
