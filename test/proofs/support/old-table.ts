import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import type { DeclarationInput } from "#sources";
import pg from "pg";

import type { Ground } from "./ground.ts";

/** A table of an application, with old rows and young ones, in a database beside ours. */
export interface OldTable extends AsyncDisposable {
  /** For a source, and for whoever else writes to it. */
  readonly url: string;
  left(): Promise<{ readonly old: number; readonly young: number }>;
}

export const OLD_TABLES: DeclarationInput = {
  visits: {
    identity: { person: "externalId" },
    category: "other",
    erase: "delete",
    anchor: "at",
    maxAge: "P90D",
  },
};

const MAKE = `
  CREATE TABLE visits (id INTEGER PRIMARY KEY, person VARCHAR(64) NOT NULL, at TIMESTAMP NOT NULL,
    page VARCHAR(200) NOT NULL)`;
const INDEX = "CREATE INDEX visits_at ON visits (at)";
const LEFT = `
  SELECT count(*) FILTER (WHERE at < '2024-01-01') AS old,
    count(*) FILTER (WHERE at >= '2024-01-01') AS young FROM visits`;

/** @param rows How many of each are old and young. */
export async function oldTable(
  ground: Ground & { readonly adminUrl: string },
  rows: { readonly old: number; readonly young: number },
): Promise<OldTable> {
  return ground.store === null ? inFile(ground.folder, rows) : onServer(ground.adminUrl, rows);
}

type Rows = Parameters<typeof oldTable>[1];

function inFile(folder: string, { old, young }: Rows): OldTable {
  const file = join(folder, "app.db");
  const sql = new DatabaseSync(file, { timeout: 5000 });
  sql.exec(`PRAGMA journal_mode = WAL; ${MAKE}; ${INDEX}`);
  sql.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${old + young})
    INSERT INTO visits SELECT i, 'person-' || (i % 97),
      CASE WHEN i <= ${old} THEN '2020-01-01 10:00:00' ELSE '2999-01-01 10:00:00' END,
      'https://example.org/a/page/of/the/shop/' || i FROM n`);
  return {
    url: `sqlite:${file}`,
    left: async () => ({ ...(sql.prepare(LEFT).get() as { old: number; young: number }) }),
    [Symbol.asyncDispose]: async () => sql.close(),
  };
}

async function onServer(url: string, { old, young }: Rows): Promise<OldTable> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`${MAKE}; ${INDEX}`);
  await client.query(`
    INSERT INTO visits SELECT i, 'person-' || (i % 97),
      CASE WHEN i <= ${old} THEN timestamp '2020-01-01' ELSE timestamp '2999-01-01' END,
      'https://example.org/a/page/of/the/shop/' || i
    FROM generate_series(1, ${old + young}) AS i`);
  await client.query("ANALYZE visits");
  return {
    url,
    async left() {
      const { rows } = await client.query<{ old: string; young: string }>(LEFT);
      return { old: Number(rows[0]!.old), young: Number(rows[0]!.young) };
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
