import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { sqlSource } from "#connectors";
import { defineSource, type Source } from "#sources";
import pg from "pg";

import { ENGINES, newGround, openGround, type Engine } from "./support/ground.ts";
import { OLD_TABLES, oldTable } from "./support/old-table.ts";
import { closeStores, movableClock, OFFICER, openProcess } from "./support/region.ts";
import { THOROUGH } from "./support/thorough.ts";

// Goal: a run may remove as much as it likes: whoever else writes to the table does not wait.
// Method: a process writes to new rows and to old ones every two milliseconds while another one's
// run removes 100,000 rows of its table. On a server, a write that waits for a lock for longer than
// 100 ms is refused by the server; on a file, the time is counted while the file says "locked".

const OLD = THOROUGH ? 100_000 : 20_000;
const YOUNG = 2000;
const LOCK_MS_MAX = 100;

/** Whoever holds a lock may lose the processor with it: only what happens each time is the run's. */
const TRIES = 10;

/** Fewer of them have met no run. */
const WRITES_MIN = 10;

const FLAGS = ["--conditions=oubli-source", "--disable-warning=ExperimentalWarning"];
const WRITER = join(import.meta.dirname, "support", "steady-writer.ts");

interface Swept extends Written {
  readonly batches: number;
}

interface Written {
  readonly writes: number;
  /** The longest that a lock kept it waiting. */
  readonly lockedMs: number;
}

function startWriter(url: string) {
  const child = spawn(process.execPath, [...FLAGS, WRITER, url, String(LOCK_MS_MAX), String(OLD)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    begun: () => lines.next(),
    async end(): Promise<Written> {
      child.stdin.end();
      const { value } = await lines.next();
      await once(child, "exit");
      return JSON.parse(value as string) as Written;
    },
  };
}

/** @param hogMs How long a rule that removes all at once holds its locks; without: none does. */
async function sweepBesideWriter(
  engine: Engine,
  context: TestContext,
  hogMs?: number,
): Promise<Swept> {
  await using ground = await newGround(engine);
  await using table = await oldTable(ground, { old: OLD, young: YOUNG });
  const clock = movableClock(Date.now());
  const stores = await openGround(ground, clock);
  const { url } = table;
  const shop = sqlSource({ name: "shop", url, tables: OLD_TABLES });
  const sources = [hogMs === undefined ? shop : hogging(url, hogMs)];
  const retention = { pauseMs: 50, anomaly: { share: 1, factor: 1_000_000 } };
  const { oubli } = await openProcess(stores, clock, { sources, retention });
  const writer = startWriter(url);
  await writer.begun();
  const told: number[] = [];
  const from = performance.now();
  const { state, rules } = await oubli.as(OFFICER).retention.run({
    rules: ["shop.visits"],
    onProgress: ({ removed }) => told.push(removed),
  });
  const seconds = (performance.now() - from) / 1000;
  const written = await writer.end();
  await oubli.close();
  await closeStores(stores);

  // One that takes more than it was asked for went too far, and is not done.
  assert.equal(state, hogMs === undefined ? "done" : "incomplete");
  assert.deepEqual([rules[0]!.counted, rules[0]!.removed], [OLD, OLD]);
  assert.deepEqual(await table.left(), { old: 0, young: YOUNG + written.writes });
  assert.equal(told.at(-1), OLD);
  context.diagnostic(
    `${engine}: ${OLD} rows in ${seconds.toFixed(1)} s; ${written.writes} writes beside it, ` +
      `the longest lock ${written.lockedMs.toFixed(0)} ms`,
  );
  return { ...written, batches: told.length };
}

for (const engine of ENGINES) {
  describe(`a run over a table that others write to, on ${engine}`, () => {
    test("no write waits for longer than 100 ms, however many rows go", async (context) => {
      const seen: string[] = [];
      for (let met = false; !met;) {
        const { writes, lockedMs, batches } = await sweepBesideWriter(engine, context);
        assert.ok(batches >= OLD / 10_000);
        met = writes >= WRITES_MIN && lockedMs <= LOCK_MS_MAX;
        seen.push(`${writes} writes, ${Math.round(lockedMs)} ms`);
        assert.ok(met || seen.length < TRIES, seen.join("; "));
      }
    });

    test("the check bites: a rule that removes all its rows in one long transaction is found", async (context) => {
      // A writer that seldom has the processor waits for little of a lock.
      for (let [hogMs, found] = [400, false]; !found; hogMs *= 2) {
        const { lockedMs } = await sweepBesideWriter(engine, context, hogMs);
        found = lockedMs > LOCK_MS_MAX;
        assert.ok(found || hogMs < 6400, `${lockedMs} ms of ${hogMs} ms`);
      }
    });
  });
}

/** Holds its locks for as long as it likes. */
function hogging(url: string, hogMs: number): Source {
  const [rule] = sqlSource({ name: "shop", url, tables: OLD_TABLES }).retention!;
  return defineSource({
    name: "shop",
    retention: [
      {
        ...rule!,
        async sweep() {
          const { begin, remove, commit } = await openHog(url);
          await begin();
          const removed = await remove();
          await pause(hogMs);
          await commit();
          return removed;
        },
      },
    ],
  });
}

const REMOVE = "DELETE FROM visits WHERE at < '2024-01-01'";

async function openHog(url: string) {
  if (url.startsWith("sqlite:")) {
    const sql = new DatabaseSync(url.slice("sqlite:".length), { timeout: 5000 });
    return {
      begin: async () => sql.exec("BEGIN IMMEDIATE"),
      remove: async () => Number(sql.prepare(REMOVE).run().changes),
      async commit() {
        sql.exec("COMMIT");
        sql.close();
      },
    };
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    begin: () => client.query("BEGIN"),
    remove: async () => (await client.query(REMOVE)).rowCount!,
    async commit() {
      await client.query("COMMIT");
      await client.end();
    },
  };
}
