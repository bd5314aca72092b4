/** A thread that writes into the table that is being emptied, and notes how long each write took. */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";

import { createConnection } from "mysql2/promise";
import pg from "pg";

const { url } = workerData as { url: string };
const write = await writerTo(url);
const stopping = new AbortController();
parentPort!.once("message", () => stopping.abort());

await write(0);
parentPort!.postMessage("ready");
const waits: number[] = [];
for (let at = 1; !stopping.signal.aborted; at += 1) {
  const from = performance.now();
  await write(at);
  waits.push(performance.now() - from);
  await pause(1);
}
parentPort!.postMessage(waits);

/** Inserts a row and changes the one before, in a transaction. */
async function writerTo(address: string): Promise<(at: number) => Promise<void>> {
  const both = (at: number) => [
    `insert into messages (id, sender, body) values (${at + 5_000_000}, 'carl', 'new')`,
    `update messages set body = 'changed' where id = ${at + 4_999_999}`,
  ];
  if (address.startsWith("sqlite:")) {
    const database = new DatabaseSync(address.slice("sqlite:".length), { timeout: 5000 });
    database.exec("pragma synchronous = normal");
    return async (at) => database.exec(`begin immediate; ${both(at).join("; ")}; commit`);
  }
  if (address.startsWith("postgres")) {
    const client = new pg.Client({ connectionString: address });
    await client.connect();
    return async (at) => void (await client.query(both(at).join("; ")));
  }
  const uri = address.replace("mariadb:", "mysql:");
  const client = await createConnection({ uri, multipleStatements: true });
  return async (at) => void (await client.query(`begin; ${both(at).join("; ")}; commit`));
}
