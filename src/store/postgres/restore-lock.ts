import { OubliError } from "#kernel";

import type { Client } from "./client.ts";
import { quoteName } from "./schema.ts";

/** Where a restore stages what is to become a schema. */
export const stagedName = (schema: string): string => `${schema}_next`;

/** A schema that stands from before a restore's first change of another until after its last. */
export const lockName = (schema: string): string => `${schema}_lock`;

/** Of our advisory locks; the second half of such a key is a schema's. */
const SHARES = 0x0ab11;

const keyOf = (schema: string): string => `${SHARES}, hashtext('${schema}')`;

/** A connection's share of a schema, for as long as it is open. Nobody waits for it, ever. */
export const shareOf = (schema: string): string =>
  `SELECT pg_advisory_lock_shared(${keyOf(schema)})`;

/** Which schema has this name now, and beside which others: another one after a restore. */
export type SchemaNumber = string | null;

/** Before a random part, in the comment of a schema that stayed while others were restored. */
const BESIDE = "oubli: beside a restore";

/**
 * Gives a schema that a restore leaves as it is another number. Else a process that had it open, and
 * lost its connections meanwhile, would go on with keys and memories of before.
 */
export const renumber = (schema: string): string =>
  `DO $$ BEGIN EXECUTE format('COMMENT ON SCHEMA %I IS %L', '${schema}',
    '${BESIDE} ' || gen_random_uuid()); END $$`;

/**
 * Refuses a schema in which a restore began and did not end, and one that is not the one that this
 * process opened.
 *
 * Why nobody slips past: a connection takes its share first and looks for the lock then; a restore
 * makes the lock first and looks for shares then. One of the two sees the other.
 *
 * @throws {OubliError} `STORE_LOCKED`
 */
export async function refuseLocked(
  client: Client,
  schema: string,
  opened: SchemaNumber,
): Promise<SchemaNumber> {
  const text = `SELECT concat(to_regnamespace($1)::oid,
      substring(obj_description(to_regnamespace($1), 'pg_namespace') from '${BESIDE} (.*)')
    ) AS number, to_regnamespace($2) IS NOT NULL AS locked`;
  const names = [quoteName(schema), quoteName(lockName(schema))];
  const { rows } = await client.query(text, names);
  const { number, locked } = rows[0] as { number: SchemaNumber; locked: boolean };
  if (locked) throw new OubliError("STORE_LOCKED", { restore: true });
  if (opened !== null && number !== opened)
    throw new OubliError("STORE_LOCKED", { replaced: true });
  return number;
}

/** How many connections have a share of any of these schemas. */
export async function countShares(client: Client, schemas: readonly string[]): Promise<number> {
  const text = `SELECT count(*)::int AS shares FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND classid = ${SHARES}
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND objid::bigint IN (SELECT hashtext(name) & 4294967295 FROM unnest($1::text[]) AS name)`;
  const { rows } = await client.query(text, [schemas]);
  return (rows as { shares: number }[])[0]!.shares;
}
