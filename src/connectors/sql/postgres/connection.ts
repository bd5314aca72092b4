import type { RawConnection, Row } from "../engine.ts";
import type { ServerAddress } from "../server.ts";
import { loadDriver } from "./driver.ts";

const CONNECT_DEADLINE_MS = 5000;

/**
 * The server, too, ends what nobody waits for any more; and no lock is waited for in a queue. Where
 * policies would hide rows from this login, a statement fails: what is hidden is not gone.
 */
const SETTINGS = `
  set statement_timeout = '60s'; set lock_timeout = '1s';
  set idle_in_transaction_session_timeout = '60s'; set row_security = off; set timezone = 'UTC';
  set datestyle = 'ISO'; set intervalstyle = 'iso_8601'; set application_name = 'oubli'`;

/** What is read as more than text; a driver's dates would lose their microseconds. */
const READERS: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => text === "t",
  17: (text) => Buffer.from(text.slice(2), "hex"),
  20: (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text),
  21: Number,
  23: Number,
  114: JSON.parse,
  700: Number,
  701: Number,
  3802: JSON.parse,
};

export async function connectTo(server: ServerAddress): Promise<RawConnection> {
  const { Client } = await loadDriver();
  const { host, port, user, password, database, tls } = server;
  const client = new Client({
    host,
    port,
    user,
    password,
    ssl: tls ?? false,
    ...(database !== "" && { database }),
    connectionTimeoutMillis: CONNECT_DEADLINE_MS,
    types: { getTypeParser: (oid: number) => READERS[oid] ?? String },
  } as ConstructorParameters<typeof Client>[0]);
  client.on("error", () => {}); // It comes out of the call that it ends.
  const end = () => {
    // Not the polite end, which waits for a server that may be gone.
    (
      client as unknown as { connection: { stream: { destroy(): void } } }
    ).connection.stream.destroy();
  };
  try {
    await client.connect();
    await client.query(SETTINGS);
  } catch (error) {
    end();
    throw error;
  }
  return {
    async query(text, parameters) {
      const { rows, rowCount } = await client.query<Row>(text, [...parameters]);
      return { rows, affected: rowCount ?? 0 };
    },
    end,
  };
}
