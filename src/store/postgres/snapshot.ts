import { logNames, rootOf } from "#audit";
import {
  DATABASES,
  type DatabaseName,
  type Moment,
  type Snapshots,
  type SnapshotSource,
} from "#backup";
import { OubliError, word } from "#kernel";

import { onlyRow } from "../audit-json.ts";
import { asHead, type HeadRow } from "./audit-log-statements.ts";
import { auditSchema } from "./audit-schema.ts";
import { keySchema } from "./key-schema.ts";
import { memorySchema } from "./memory-schema.ts";
import { STEPS, tablesOf, type Schema } from "./schema.ts";
import { countApplied, type AppliedStep } from "./schema-version.ts";
import { openConnection, type SnapshotConnection } from "./snapshot-connection.ts";
import { pauseWrites } from "./snapshot-pause.ts";
import { beginReading, type Reader } from "./snapshot-reader.ts";

/** The schema of each database that is backed up. */
export const COPIED: Readonly<Record<DatabaseName, Schema>> = {
  memory: memorySchema,
  keys: keySchema,
  audit: auditSchema,
};

/** Rows that are on their way at once. */
const ROWS_A_STEP = 200;

/**
 * Snapshots of a region's schemas, while others write: every row as a line of text, read by the
 * schema's own role. Nothing is written to a disk here, and no page is taken along, only rows.
 *
 * The moment: one database's snapshot, exported from the first connection and imported by the
 * others, sees whatever was committed before anything that it sees. That is a state that a crash
 * could have left.
 *
 * Where they stand in several databases there is no snapshot of all: then they are taken in the
 * order that {@link SnapshotSource} names, memory, keys, audit. Only neighbours of that order share
 * one: keys that are later than the audit database would be ahead of the ledger.
 *
 * Where memory and keys stand on the nodes of a cluster, each node has a snapshot of its own. Writes
 * to them wait until all have begun: then there is one moment, also of several databases.
 *
 * Cost: each row is read twice, once for its size; the server keeps rows that are dead by now until
 * the backup ends. A table of a cluster comes whole to its coordinator, which keeps what exceeds its
 * memory in a temporary file.
 */
export function postgresSnapshots(
  urls: Readonly<Record<DatabaseName, string>>,
  region: string,
): SnapshotSource {
  const place = (name: DatabaseName) => ({ url: urls[name], region, schema: COPIED[name] });
  return {
    engine: word("postgres"),
    async take(wanted): Promise<Snapshots> {
      await using opened = new AsyncDisposableStack();
      const connections: SnapshotConnection[] = [];
      for (const name of DATABASES) connections.push(opened.use(await openConnection(place(name))));
      const readers = await beginAll(connections);
      const moment = await momentOf(readers);
      const sizes = new Map<DatabaseName, number>();
      for (const name of wanted) sizes.set(name, await sizeOf(readers[name]!, COPIED[name]));
      const kept = opened.move();
      return {
        moment,
        size: (database) => sizes.get(database)!,
        read: (database) => chunks(readers[database]!, COPIED[database]),
        [Symbol.asyncDispose]: () => kept.disposeAsync(),
      };
    },
  };
}

type Readers = Readonly<Record<DatabaseName, Reader>>;

async function beginAll(connections: readonly SnapshotConnection[]): Promise<Readers> {
  const paused = await pauseWrites(connections);
  try {
    let before: Reader | null = null;
    const readers: [string, Reader][] = [];
    for (const connection of connections) {
      before = await beginReading(connection, before);
      readers.push([connection.schema.name, before]);
    }
    return Object.fromEntries(readers) as unknown as Readers;
  } finally {
    await paused[Symbol.asyncDispose]();
  }
}

async function momentOf({ memory, keys, audit }: Readers): Promise<Moment> {
  const [settled] = await audit.query<{ count: number }>("SELECT count FROM access_logs");
  if (settled === undefined) throw new OubliError("STORE_DAMAGED");
  const heads = await audit.query<HeadRow>(
    `SELECT log_id, size::float8 AS size, frontier, policy_seq::float8 AS policy_seq
    FROM audit_head`,
  );
  const [active] = await keys.query<{ epoch: number }>(
    "SELECT epoch FROM epoch_key WHERE state = 'active'",
  );
  return {
    schemas: {
      memory: await stepsOf(memory, memorySchema),
      keys: await stepsOf(keys, keySchema),
      audit: await stepsOf(audit, auditSchema),
    },
    logs: logNames(settled.count).map((log) => {
      const found = heads.find((row) => row.log_id === log);
      const head = asHead(onlyRow(word("audit_head"), found));
      return { log, size: head.size, root: rootOf(head) };
    }),
    epoch: active?.epoch ?? 0,
  };
}

/** A newer version's table would not be taken: then there is no backup. */
async function stepsOf(reader: Reader, schema: Schema): Promise<number> {
  const text = `SELECT id, digest FROM ${STEPS} ORDER BY id`;
  return countApplied(await reader.query<AppliedStep>(text), schema);
}

/** One line a row. JSON escapes every line's end in a text; one between two values is a space. */
const lineOf = (table: string): string =>
  `'${table} ' || replace(row_to_json(r)::text, E'\\n', ' ') || E'\\n'`;

async function sizeOf(reader: Reader, schema: Schema): Promise<number> {
  let size = 0;
  for (const table of tablesOf(schema)) {
    const text = `SELECT coalesce(sum(octet_length(convert_to(${lineOf(table)}, 'UTF8'))), 0)::bigint
      AS size FROM ${table} AS r`;
    const [row] = await reader.query<{ size: string }>(text);
    size += Number(row!.size);
  }
  return size;
}

async function* chunks(reader: Reader, schema: Schema): AsyncGenerator<Uint8Array> {
  for (const table of tablesOf(schema)) {
    await reader.query(`DECLARE lines NO SCROLL CURSOR FOR
      SELECT ${lineOf(table)} AS line FROM ${table} AS r`);
    for (;;) {
      const rows = await reader.query<{ line: string }>(`FETCH ${ROWS_A_STEP} FROM lines`);
      if (rows.length === 0) break;
      yield Buffer.from(rows.map(({ line }) => line).join(""));
    }
    await reader.query("CLOSE lines");
  }
}
