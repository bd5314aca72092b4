import type { EpochMs } from "#kernel";

import {
  INSPECTED,
  inspection,
  type InspectedDatabase,
  type Inspection,
  type SchemaFault,
} from "../inspection.ts";
import { auditSchema } from "./audit-schema.ts";
import { EVERY_SUBJECT, openDatabase, type Database } from "./database.ts";
import { keySchema } from "./key-schema.ts";
import { memorySchema } from "./memory-schema.ts";
import type { Schema } from "./schema.ts";

const SCHEMAS: Readonly<Record<InspectedDatabase, Schema>> = {
  memory: memorySchema,
  keys: keySchema,
  audit: auditSchema,
};

const OBJECTS = `
  SELECT 'table ' || relname AS object FROM pg_class
  WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
  UNION ALL SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = current_schema()
  UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
  WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal AND tgenabled <> 'D'
  UNION ALL SELECT 'policy ' || policyname FROM pg_policies WHERE schemaname = current_schema()`;

/** What the steps make by name; indexes of primary keys have names of the server's own. */
const MADE = /CREATE (?:UNIQUE )?(TABLE|INDEX|TRIGGER|POLICY) (?:IF NOT EXISTS )?(\w+)/g;

/**
 * Reads the tables with the rights of the application, and changes nothing.
 *
 * Limits: sees that a table, an index, a trigger or a policy is missing, and a table that is one
 * too many; not that one was changed, which the application's role could not do.
 */
export async function inspectRows(
  urls: Readonly<Record<InspectedDatabase, string>>,
  region: string,
  now: EpochMs,
): Promise<Inspection> {
  await using opened = new AsyncDisposableStack();
  const databases = new Map<InspectedDatabase, Database>();
  for (const name of INSPECTED) {
    const place = { url: urls[name], region, schema: SCHEMAS[name], max: 1 };
    databases.set(
      name,
      opened.adopt(await openDatabase(place), (one) => one.close()),
    );
  }
  return await inspection(
    {
      rows(name, sql, values) {
        const text = sql.replaceAll(/\$\d/g, "$&::bigint");
        return databases.get(name)!.read(EVERY_SUBJECT, { text, values });
      },
      compare: (name) => compare(name, databases.get(name)!),
    },
    now,
  );
}

async function compare(name: InspectedDatabase, database: Database) {
  const rows = await database.read<{ object: string }>(EVERY_SUBJECT, {
    text: OBJECTS,
    values: [],
  });
  const found = new Set(rows.map(({ object }) => object));
  const wanted = SCHEMAS[name].migrations.flatMap(({ sql }) =>
    [...sql.matchAll(MADE)].map(([, kind, object]) => `${kind!.toLowerCase()} ${object}`),
  );
  const tables = new Set([
    "table migration",
    ...wanted,
    ...SCHEMAS[name].migrations.flatMap((step) =>
      Object.keys(step.tables).map((table) => `table ${table}`),
    ),
  ]);
  const missing = [...tables].filter((object) => !found.has(object));
  const unknown = [...found].filter((one) => one.startsWith("table ") && !tables.has(one));
  const faults: SchemaFault[] = [
    ...missing.map((object) => ({ database: name, object, fault: "missing" }) as const),
    // The name of what nobody here made may say anything.
    ...unknown.map(() => ({ database: name, object: "other", fault: "unknown" }) as const),
  ];
  return { faults, objects: tables.size };
}
