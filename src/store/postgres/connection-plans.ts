import type { Client } from "./client.ts";
import { quoteName } from "./schema.ts";

/**
 * Plans go by an index and in its order: others are chosen for a table that was empty, or for what
 * people have on average, and cost a page of a long listing fifteen times as much.
 */
export const PLANS = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_bitmapscan: "off",
  // What is switched off above counts as endlessly dear where it cannot be avoided, and a plan that
  // dear would be compiled: 60 ms for a statement of half a millisecond.
  jit: "off",
} as const;

/**
 * For a connection to a cluster. Which node a statement goes to is decided from its values, so it
 * must not be planned without them; the nodes' own plans go by what their role is set to. SET LOCAL
 * reaches the nodes, with the subject for row-level security.
 */
export const NODE_SETTINGS = { "citus.propagate_set_commands": "local" } as const;

/** Where names are looked up. The temporary schema last: nothing in it takes the place of ours. */
export const pathOf = (schema: string): string => `${quoteName(schema)}, pg_temp`;

/** Whether tables of this schema stand on the nodes of a Citus cluster. */
export async function isOnNodes(client: Client, schema: string): Promise<boolean> {
  const { rows: catalogs } = await client.query(
    "SELECT to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL AS citus",
  );
  if (!(catalogs as { citus: boolean }[])[0]!.citus) return false;
  const { rows } = await client.query(
    `SELECT EXISTS (SELECT FROM pg_dist_partition JOIN pg_class ON oid = logicalrelid
      WHERE relnamespace = to_regnamespace($1)) AS spread`,
    [quoteName(schema)],
  );
  return (rows as { spread: boolean }[])[0]!.spread;
}
