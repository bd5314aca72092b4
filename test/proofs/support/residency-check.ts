import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import pg from "pg";

import type { Hit } from "./residue.ts";
import { idNeedles, idsIn, scanAtOnce } from "./residency-scan.ts";
import { needlesOf, otherThan, REGIONS, type RegionName, type World } from "./residency-world.ts";

export interface Findings {
  /** What is one region's, in a file, a row or a socket of the other. */
  readonly strays: readonly string[];
  /** How much was looked at, and what a region has of its own: a blind check would find nothing. */
  readonly seen: Readonly<Record<string, number>>;
}

/** Looks for what is one region's in every file, row and socket of the other. */
export async function findStrays(world: World): Promise<Findings> {
  const strays: string[] = [];
  const seen: Record<string, number> = {};
  const ids = { eu: idsIn(world.trees.eu), us: idsIn(world.trees.us) };
  const destinations = globSync(join(world.sent, "*")).toSorted();
  const known = new Set(
    Object.values(world.ports).flatMap(({ database, model }) => [database, model]),
  );
  for (const folder of destinations) {
    const port = folder.slice(world.sent.length + 1);
    if (!known.has(port)) strays.push(`a socket to ${port}`);
  }
  for (const name of REGIONS) {
    const other = otherThan(name);
    const told = (where: string, { of, encoding, file }: Hit): string =>
      `${other}'s ${of} as ${encoding} in ${name}'s ${where}: ${file}`;
    const foreign = [
      ...needlesOf(world.marks[other]),
      ...[...ids[other]].flatMap((id) => idNeedles(id)),
    ];
    const files = scanAtOnce(world.trees[name], foreign);
    strays.push(...files.hits.map((hit) => told("files", hit)));
    const sockets = scanAtOnce(socketsOf(world, name), foreign);
    strays.push(...sockets.hits.map((hit) => told("sockets", hit)));
    const own = scanAtOnce(
      [join(world.sent, world.ports[name].model)],
      needlesOf(world.marks[name]),
    );
    const subjects = (of: RegionName): string[] =>
      [...ids[of]].filter((id) => id.startsWith("sub_"));
    const rows = name === "eu" ? rowsOnFiles : rowsOnServer;
    const strange = await rows(world, subjects(other));
    if (strange > 0) strays.push(`${strange} rows of ${other} in ${name}`);
    seen[`${name} ids`] = ids[name].size;
    seen[`${name} files`] = files.files;
    seen[`${name} bytes of files`] = files.bytes;
    seen[`${name} bytes of sockets`] = sockets.bytes;
    seen[`${name} own marks at its processor`] = own.hits.length;
    seen[`${name} rows`] = await rows(world, subjects(name));
  }
  return { strays, seen };
}

function socketsOf({ sent, ports }: World, name: RegionName): string[] {
  const { database, model } = ports[name];
  return [database, model].filter((port) => port !== null).map((port) => join(sent, port));
}

/** Rows of these people, in every table that says whose its rows are. */
async function rowsOnFiles({ folder }: World, subjects: readonly string[]): Promise<number> {
  let rows = 0;
  for (const file of globSync(join(folder, "eu/data/*.db"))) {
    using sql = new DatabaseSync(file, { readOnly: true });
    const tables = sql
      .prepare(
        `SELECT t.name AS name FROM sqlite_master t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND c.name = 'subject_id'`,
      )
      .all();
    for (const { name } of tables) {
      const count = `SELECT count(*) AS n FROM ${String(name)}
        WHERE subject_id IN (SELECT value FROM json_each(?))`;
      rows += Number(sql.prepare(count).get(JSON.stringify(subjects))!["n"]);
    }
  }
  return rows;
}

async function rowsOnServer({ adminUrl }: World, subjects: readonly string[]): Promise<number> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query(
      `SELECT format('%I.%I', c.table_schema, c.table_name) AS name
       FROM information_schema.columns c
       WHERE c.column_name = 'subject_id' AND c.table_schema LIKE 'oubli\\_us\\_%'`,
    );
    let rows = 0;
    for (const { name } of tables as { name: string }[]) {
      const count = `SELECT count(*) AS n FROM ${name} WHERE subject_id = ANY($1)`;
      rows += Number((await client.query(count, [subjects])).rows[0].n);
    }
    return rows;
  } finally {
    await client.end();
  }
}
