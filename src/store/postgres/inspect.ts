import { EVERY_SUBJECT, openDatabase, type Database, type PostgresPlace } from "./database.ts";
import type { Schema } from "./schema.ts";

/** What can be seen of a server and its rights through one connection of the application. */
export interface ServerFacts {
  /** Whether what was committed survives a loss of power, as far as the server's settings say. */
  readonly durable: boolean;
  /** Whether a page that its disk changed is noticed. */
  readonly checksums: boolean;
  /** Whether the way to it is encrypted, or does not leave the machine. */
  readonly shielded: boolean;
  /** Whether the login could do whatever it likes: as a superuser, as owner, past row security. */
  readonly privileged: boolean;
  /** Rights on tables that no migration gave. */
  readonly excess: number;
  /** Tables with rows of people that row-level security does not guard. */
  readonly unguarded: number;
}

const SERVER = `
  SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
      AND current_setting('synchronous_commit') <> 'off' AS durable,
    current_setting('data_checksums') = 'on' AS checksums,
    coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)
      OR inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8'
      OR inet_server_addr() = '::1' AS shielded,
    EXISTS (SELECT FROM pg_roles WHERE rolname IN (session_user, current_user)
        AND (rolsuper OR rolbypassrls))
      OR EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND pg_has_role(session_user, c.relowner, 'MEMBER'))
      AS privileged`;

/** `$1` tables, `$2` beside each the right that it should not have. */
const EXCESS = `
  SELECT count(*)::int AS excess FROM unnest($1::text[], $2::text[]) AS asked(name, privilege)
  WHERE has_table_privilege(current_user, format('%I.%I', current_schema(), name), privilege)`;

const UNGUARDED = `
  SELECT count(*)::int AS unguarded FROM pg_class
  WHERE relnamespace = current_schema()::regnamespace AND relname = ANY ($1)
    AND NOT (relrowsecurity AND relforcerowsecurity)`;

const PRIVILEGES = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];

/** Reads it with the rights of the application, which are the ones that matter. */
export async function inspect(place: PostgresPlace, schema: Schema): Promise<ServerFacts> {
  const database = await openDatabase({ ...place, schema, max: 1 });
  try {
    return await read(database, schema);
  } finally {
    await database.close();
  }
}

async function read(database: Database, { migrations }: Schema): Promise<ServerFacts> {
  // A table's rights are those that the last step gave which names it.
  const tables = new Map(migrations.flatMap((step) => Object.entries(step.tables)));
  const denied = [...tables].flatMap(([table, { grant }]) => {
    const granted = withoutColumns(grant);
    return PRIVILEGES.filter((one) => !granted.includes(one)).map((one) => [table, one] as const);
  });
  const guarded = [...tables].flatMap(([table, { guard }]) => (guard === null ? [] : [table]));
  const [server, excess, unguarded] = await database.readAll(EVERY_SUBJECT, [
    { text: SERVER, values: [] },
    { text: EXCESS, values: [denied.map(([table]) => table), denied.map(([, right]) => right)] },
    { text: UNGUARDED, values: [guarded] },
  ]);
  return { ...server![0], ...excess![0], ...unguarded![0] } as unknown as ServerFacts;
}

/** A right to some columns is none to the table. */
function withoutColumns(grant: string): readonly string[] {
  return grant
    .replaceAll(/\w+ ?\([^)]*\)/g, "")
    .split(",")
    .map((one) => one.trim());
}
