import type { Minted } from "#keys";
import type { CarriedInsert, Inserted, NodeInsert } from "#memory";

import { pathOf } from "./connection-plans.ts";
import { EVERY_SUBJECT, type Call, type Database, type Row } from "./database.ts";
import { insertNodeKeys } from "./key-node-statements.ts";
import { keySchema } from "./key-schema.ts";
import { memorySchema } from "./memory-schema.ts";
import { insertCall } from "./memory-write-statements.ts";
import { quoteName, schemaName } from "./schema.ts";

/*
 * Where all schemas stand in one database, under one login, a memory's keys and rows are written in
 * the transaction of its entry: one round trip, one flush.
 *
 * Why it is safe:
 *
 * - Each statement runs under the role, the path and the subject that its schema is written with,
 *   and only where the one before it did its part. No keys without the entry, no rows without keys;
 *   and since they commit at once, nobody ever sees one without the others.
 * - Where the gate, the policy or the head had moved, nothing was written. Where the keys are
 *   refused, the entry stands for a write that never was, as it may; where the rows are, the keys
 *   open nothing, and go.
 * - A restore puts other schemas in place, which this process must not write to: so their numbers
 *   are compared.
 * - Locks: the subject's gate, the log's head, the subject's key, its change number. Who holds one of
 *   the last two alone waits for nothing of the log, so no two wait for each other in a ring.
 * - The role goes back with the transaction.
 */
const TAKE_KEYS = `
  SELECT set_config('role', $1, true), set_config('search_path', $2, true),
    set_config('oubli.subject', $3, true)`;

/** Which schemas have these names now. */
const HERE = "to_regnamespace($7)::oid::text || ':' || to_regnamespace($8)::oid::text";

const KEYS = `
  SELECT set_config('oubli.minted', CASE WHEN current_setting('oubli.added') = 'true' AND ${HERE} = $9
      THEN insert_node_keys($1, $2, $3, $4::text[], $5::int[], $6::bytea[]) END, true) AS minted,
    set_config('role', $10, true), set_config('search_path', $11, true)`;

const ROWS = `
  SELECT CASE WHEN current_setting('oubli.minted') = 'inserted'
    THEN insert_nodes($1, $2, $3, $4, $5, $6, $7, $8) END AS inserted`;

export async function openCarriedInsert(database: Database, region: string) {
  const keys = schemaName(region, keySchema);
  const memory = schemaName(region, memorySchema);
  const names = [quoteName(keys), quoteName(memory)];
  const text = `SELECT ${HERE.replace("$7", "$1").replace("$8", "$2")} AS here`;
  const [opened] = await database.read<{ here: string }>(EVERY_SUBJECT, { text, values: names });
  return async (minted: Minted, insert: NodeInsert): Promise<CarriedInsert> => {
    const mint = insertNodeKeys(minted);
    const calls: Call[] = [
      { text: TAKE_KEYS, values: [keys, pathOf(keys), minted.subject] },
      { text: KEYS, values: [...mint.values, ...names, opened!.here, memory, pathOf(memory)] },
      { text: ROWS, values: insertCall(insert).values },
    ];
    return {
      calls,
      inserted: (answers) => (answers as Row[][]).at(-1)![0]!["inserted"] as Inserted | null,
    };
  };
}
