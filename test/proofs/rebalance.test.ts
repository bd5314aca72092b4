import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";

import pg from "pg";

import { ON_CLUSTER } from "../support/cluster.ts";
import { coherence } from "./support/coherence.ts";

/**
 * A cluster's shards move in the background under processes that do random acts on a few persons:
 * all of them away from one node, and then some of them back. Each read is compared with what the
 * other processes had been told before.
 */

const SEED = Number(process.env["OUBLI_PROOF_SEED"] ?? randomInt(2 ** 31));

/** Longer than both moves take. */
const SECONDS = 30;

/** What an act may be refused for; while a shard moves, writes to it wait. */
const EXPECTED: ReadonlySet<string> = new Set([
  "CONFLICT",
  "CONSENT_MISSING",
  "KEY_SHREDDED",
  "NOT_FOUND",
  "STORE_BUSY",
  "SUBJECT_ERASED",
  "ZERO_SCOPE",
]);

test(
  "shards move from node to node under processes at work, who see one history",
  { skip: !ON_CLUSTER && "no cluster is named" },
  async (context) => {
    let there: readonly number[] = [];
    const report = await coherence({
      engine: "postgres",
      seed: SEED,
      processes: 3,
      seconds: SECONDS,
      meanwhile: async (adminUrl) => void (there = await moveAll(adminUrl)),
    });
    const { faults, story, errors, operations } = report;
    assert.deepEqual(faults, [], `OUBLI_PROOF_SEED=${SEED}\n${faults.join("\n")}\n${story}`);
    const met = errors.flatMap((counts) => Object.keys(counts));
    const others = met.filter((code) => !EXPECTED.has(code));
    assert.deepEqual(others, [], JSON.stringify(errors));
    const [away, back] = there;
    assert.ok(away === 0 && back! > 0, `shards on the node: ${there.join(", then ")}`);
    context.diagnostic(`seed ${SEED}: ${operations} acts, ${back} shards came back`);
  },
);

/** Each table's row-level security, triggers and rights: one row, if all of its shards agree. */
const GUARDS = `
  SELECT DISTINCT logicalrelid::text AS table, result AS guards
  FROM pg_dist_partition, run_command_on_placements(logicalrelid, $shard$
    SELECT concat_ws(' ', relforcerowsecurity, relacl,
      (SELECT string_agg(attname || attacl::text, ',' ORDER BY attname) FROM pg_attribute
       WHERE attrelid = shard.oid),
      (SELECT string_agg(pg_get_expr(polqual, polrelid), ',') FROM pg_policy
       WHERE polrelid = shard.oid),
      (SELECT string_agg(regexp_replace(tgname, '_\\d+$', ''), ',') FROM pg_trigger
       WHERE tgrelid = shard.oid AND NOT tgisinternal AND tgenabled = 'O'))
    FROM pg_class AS shard WHERE oid = '%s'::regclass $shard$)
  ORDER BY 1, 2`;

/** @returns how many shards one of the nodes has when none is to be there, and when some are. */
async function moveAll(adminUrl: string): Promise<readonly number[]> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const guards = (await client.query(GUARDS)).rows as { table: string; guards: string }[];
    assert.equal(new Set(guards.map(({ table }) => table)).size, guards.length);
    assert.match(JSON.stringify(guards), /narrow_fence/);
    const there: number[] = [];
    for (const takes of [false, true]) {
      await client.query(
        `SELECT citus_set_node_property(nodename, nodeport, 'shouldhaveshards', $1)
         FROM pg_dist_node WHERE groupid = 1`,
        [takes],
      );
      await client.query("SELECT citus_rebalance_start(shard_transfer_mode => 'block_writes')");
      await client.query("SELECT citus_rebalance_wait()");
      assert.deepEqual((await client.query(GUARDS)).rows, guards);
      const { rows } = await client.query(
        `SELECT count(*)::int AS shards FROM pg_dist_placement JOIN pg_dist_shard USING (shardid)
         WHERE groupid = 1 AND shardminvalue IS NOT NULL`,
      );
      there.push((rows as { shards: number }[])[0]!.shards);
    }
    return there;
  } finally {
    await client.end();
  }
}
