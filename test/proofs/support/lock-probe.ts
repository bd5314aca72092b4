/**
 * A process that asks for every write lock of a region all the time, gives it back at once, and
 * says how long it was kept waiting at most, by what it waited for. It ends when its input does.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";

import pg from "pg";

const [folder = "", adminUrl = "", lockMs = "100"] = process.argv.slice(2);

/** Whoever is not given the processor for so long does not wait for a lock in that time. */
const TURN_MS = 5;

type Probe = () => Promise<number>;

function fileProbe(path: string): Probe {
  const sql = new DatabaseSync(path, { timeout: 0 });
  return async () => {
    for (let waited = 0; ;) {
      const from = performance.now();
      try {
        sql.exec("BEGIN IMMEDIATE; ROLLBACK");
        return waited;
      } catch (error) {
        if (!String(error).includes("locked")) throw error;
        await pause(1);
        waited += Math.min(performance.now() - from, TURN_MS);
      }
    }
  };
}

/** The head of the ledger is what all who write to a region meet at. */
async function serverProbe(): Promise<Probe> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`SET lock_timeout = '${lockMs}ms'`);
  const text = `SELECT size FROM oubli_eu_audit.audit_head WHERE log_id = 'ledger' FOR UPDATE`;
  return async () => {
    try {
      await client.query(text);
      return 0;
    } catch (error) {
      if ((error as { code?: string }).code === "55P03") return Number(lockMs) + 1;
      throw error;
    }
  };
}

const NAMES = ["memory", "keys", "audit"] as const;
const probes: readonly (readonly [string, Probe])[] =
  adminUrl === ""
    ? NAMES.map((name) => [name, fileProbe(join(folder, "data", `${name}.db`))] as const)
    : [["ledger", await serverProbe()]];

const ending = new AbortController();
process.stdin.resume().on("end", () => ending.abort());
process.stdout.write("probing\n");
const longest: Record<string, number> = {};
while (!ending.signal.aborted) {
  for (const [name, probe] of probes) {
    longest[name] = Math.max(longest[name] ?? 0, await probe());
  }
  await pause(1);
}
process.stdout.write(`${JSON.stringify(longest)}\n`);
process.exit(0);
