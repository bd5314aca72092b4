import type { Duplex } from "node:stream";

import type { RawConnection, Row } from "../engine.ts";
import type { ServerAddress } from "../server.ts";
import { loadDriver } from "./driver.ts";

const CONNECT_DEADLINE_MS = 5000;
const STATEMENTS_KEPT = 100;

/**
 * Read committed: a delete locks the rows that it deletes, and not the gaps between them, where
 * others write. Truncated values are errors, and zero dates too.
 */
const SETTINGS = [
  "set session transaction isolation level read committed",
  "set session innodb_lock_wait_timeout = 1, sql_mode = 'STRICT_ALL_TABLES', time_zone = '+00:00'",
];

export async function connectTo(server: ServerAddress): Promise<RawConnection> {
  const { createConnection } = await loadDriver();
  const { host, port, user, password, database, tls } = server;
  const connection = await createConnection({
    host,
    port,
    user,
    password,
    ...(database !== "" && { database }),
    ...(tls !== null && { ssl: { ...tls, minVersion: "TLSv1.2" } }),
    connectTimeout: CONNECT_DEADLINE_MS,
    charset: "utf8mb4",
    dateStrings: true,
    supportBigNumbers: true,
    multipleStatements: false,
    maxPreparedStatements: STATEMENTS_KEPT,
  });
  connection.on("error", () => {}); // It comes out of the call that it ends.
  const end = () => {
    connection.destroy();
    // Not the polite end alone, which waits for a server that may be gone.
    (connection as unknown as { connection: { stream: Duplex } }).connection.stream.destroy();
  };
  try {
    for (const setting of SETTINGS) await connection.query(setting);
  } catch (error) {
    end();
    throw error;
  }
  return {
    async query(text, parameters) {
      // Values go beside the statement, never into its text: escaping in a text hangs on a setting
      // of the server. `begin` and its kind take none, and cannot be prepared.
      const values = parameters.map((value) => (value ?? null) as string);
      const [result] =
        parameters.length === 0
          ? await connection.query(text)
          : await connection.execute(text, values);
      if (Array.isArray(result)) return { rows: result as unknown as readonly Row[], affected: 0 };
      return { rows: [], affected: result.affectedRows };
    },
    end,
  };
}
