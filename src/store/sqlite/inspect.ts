import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

import type { EpochMs } from "#kernel";

import {
  INSPECTED,
  inspection,
  type InspectedDatabase,
  type Inspection,
  type SchemaFault,
} from "../inspection.ts";
import { auditSchema } from "./audit-schema.ts";
import { keySchema } from "./key-schema.ts";
import { memorySchema } from "./memory-schema.ts";
import { migrate, type Schema } from "./migrate.ts";
import { storeError } from "./sqlite-errors.ts";

const SCHEMAS: Readonly<Record<InspectedDatabase, Schema>> = {
  memory: memorySchema,
  keys: keySchema,
  audit: auditSchema,
};

/** Only in files: there what is sealed has tables of its own. */
const SEALED_APART = `
  SELECT (SELECT count(*) FROM body WHERE NOT EXISTS (SELECT 1 FROM node
      WHERE node.subject_id = body.subject_id AND node.node_id = body.node_id))
    + (SELECT count(*) FROM embedding WHERE NOT EXISTS (SELECT 1 FROM node
      WHERE node.subject_id = embedding.subject_id AND node.node_id = embedding.node_id))
    + (SELECT count(*) FROM node WHERE NOT EXISTS (SELECT 1 FROM body
      WHERE body.subject_id = node.subject_id AND body.node_id = node.node_id)) AS found`;

/**
 * Reads the files as they are, beside whoever has them open, and changes nothing.
 *
 * Cost: reads every row's readable part and every key's name once.
 */
export async function inspectFiles(folder: string, now: EpochMs): Promise<Inspection> {
  const opened = new Map<InspectedDatabase, DatabaseSync>();
  try {
    for (const name of INSPECTED) opened.set(name, openReadOnly(join(folder, `${name}.db`)));
    const found = await inspection(
      {
        rows: async <Row>(name: InspectedDatabase, sql: string, values: readonly number[]) =>
          opened
            .get(name)!
            .prepare(sql.replaceAll("$", "?"))
            .all(...values) as Row[],
        compare: async (name) => compare(name, opened.get(name)!),
      },
      now,
    );
    const apart = (opened.get("memory")!.prepare(SEALED_APART).get() as { found: number }).found;
    const { counts } = found;
    const derivationsWithoutEnd = counts.derivationsWithoutEnd + apart;
    return { ...found, counts: { ...counts, derivationsWithoutEnd } };
  } catch (error) {
    throw storeError(error);
  } finally {
    for (const database of opened.values()) database.close();
  }
}

function openReadOnly(path: string): DatabaseSync {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  return new DatabaseSync(path, { readOnly: true, timeout: 5000 });
}

/** Against a file that was made this moment: what a step makes is not written down twice. */
function compare(name: InspectedDatabase, live: DatabaseSync) {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  using fresh = new DatabaseSync(":memory:");
  migrate(fresh, SCHEMAS[name]);
  const wanted = objectsOf(fresh);
  const found = objectsOf(live);
  const faults = [...new Set([...wanted.keys(), ...found.keys()])].flatMap(
    (object): SchemaFault[] => {
      const [want, have] = [wanted.get(object), found.get(object)];
      if (want === have) return [];
      const fault = have === undefined ? "missing" : want === undefined ? "unknown" : "changed";
      // The name of what nobody here made may say anything.
      return [{ database: name, object: want === undefined ? "other" : object, fault }];
    },
  );
  return { faults, objects: wanted.size };
}

function objectsOf(database: DatabaseSync): ReadonlyMap<string, string> {
  const rows = database
    .prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
    )
    .all() as { type: string; name: string; sql: string }[];
  return new Map(
    rows.map(({ type, name, sql }) => [`${type} ${name}`, sql.replaceAll(/\s+/g, " ")]),
  );
}
