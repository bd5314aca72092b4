/**
 * A process of the application that writes to its table all the time, one transaction each, and
 * says how long a lock kept it waiting. It ends when its input does.
 */
import { setTimeout as pause } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";

import pg from "pg";

const [url = "", lockMs = "100", oldRows = "1"] = process.argv.slice(2);
const EVERY_MS = 2;
const INSERT = `INSERT INTO visits VALUES ($1, 'somebody', '2999-01-01 10:00:00', 'a page')`;
/** Rows that are about to go are written to as well. */
const UPDATE = "UPDATE visits SET page = 'another page' WHERE id = $1";

/** Whoever is not given the processor for so long does not wait for a lock in that time. */
const TURN_MS = 5;

type Write = (id: number, old: number) => Promise<number>;

/** Tries again at once: SQLite's own way to wait would sleep for up to 100 ms of its own. */
function fileWriter(path: string): Write {
  const sql = new DatabaseSync(path, { timeout: 0 });
  sql.exec("PRAGMA synchronous = NORMAL");
  const insert = sql.prepare(INSERT.replace("$1", "?"));
  const update = sql.prepare(UPDATE.replace("$1", "?"));
  const locked = async (statement: typeof insert, id: number): Promise<number> => {
    let waited = 0;
    for (;;) {
      const from = performance.now();
      try {
        statement.run(id);
        return waited;
      } catch (error) {
        if (!String(error).includes("locked")) throw error;
        await pause(1);
        waited += Math.min(performance.now() - from, TURN_MS);
      }
    }
  };
  return async (id, old) => Math.max(await locked(insert, id), await locked(update, old));
}

/** The server counts the time itself, and refuses a statement that waited for longer. */
async function serverWriter(connectionString: string): Promise<Write> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(`SET lock_timeout = '${lockMs}ms'`);
  return async (id, old) => {
    try {
      await client.query(INSERT, [id]);
      await client.query(UPDATE, [old]);
      return 0;
    } catch (error) {
      if ((error as { code?: string }).code === "55P03") return Number(lockMs) + 1;
      throw error;
    }
  };
}

const write = url.startsWith("sqlite:")
  ? fileWriter(url.slice("sqlite:".length))
  : await serverWriter(url);
const ending = new AbortController();
process.stdin.resume().on("end", () => ending.abort());
process.stdout.write("writing\n");

let writes = 0;
let lockedMs = 0;
for (let id = 1_000_000_000; !ending.signal.aborted; id += 1) {
  const old = 1 + ((id * 7919) % Number(oldRows));
  lockedMs = Math.max(lockedMs, await write(id, old));
  writes += 1;
  await pause(EVERY_MS);
}
process.stdout.write(`${JSON.stringify({ writes, lockedMs })}\n`);
process.exit(0);
