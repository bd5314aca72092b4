import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";

import { sqlSource } from "#connectors";
import type { EpochMs } from "#kernel";
import type { DeclarationInput } from "#sources";

import { call, person } from "../../support/source-rules.ts";
import { THOROUGH } from "../support/thorough.ts";
import { KINDS, type SqlGround } from "./sql-grounds.ts";

// Goal: a big table is emptied while the application works on. Method: a thread writes into it all
// the time and notes its waits; what it waits with nobody else there is the measure of the machine.

const ROWS = THOROUGH ? 100_000 : 6000;
const LOCK_MS_MAX = 100;
const ann = person("ann");
const LOG: DeclarationInput = {
  messages: {
    identity: { sender: "externalId" },
    category: "message",
    erase: "delete",
    anchor: "sent",
    maxAge: "P1Y",
  },
};

for (const { name, skip, open } of KINDS) {
  describe(`${ROWS} rows of ${name} go while a writer works`, { concurrency: false }, () => {
    let ground: SqlGround;
    before(async () => {
      if (skip) return;
      ground = await open();
      await ground.run(
        `create table messages (id integer primary key, sender varchar(64), recipient varchar(64),
           body varchar(200), sent timestamp default '2026-01-01 00:00:00')`,
        "create index by_sender on messages (sender)",
        "create index by_time on messages (sent)",
      );
    });
    after(async () => {
      if (!skip) await ground[Symbol.asyncDispose]();
    });
    beforeEach(async () => {
      if (skip) return;
      await ground.run("delete from messages");
      const row = (at: number) =>
        `(${at}, 'ann', 'bob', '${"m".repeat(100)}', '2020-01-01 00:00:00')`;
      for (let from = 0; from < ROWS; from += 2000) {
        const rows = Array.from({ length: 2000 }, (_, at) => row(from + at));
        await ground.run(`insert into messages values ${rows.join()}`);
      }
    });
    const source = () => sqlSource({ name: "shop", url: ground.url, tables: LOG });
    const left = async (): Promise<number> =>
      Number(
        (await ground.rows("select count(*) as many from messages where sender = 'ann'"))[0]![
          "many"
        ],
      );

    test("an erasure takes no lock for long", { skip }, async () => {
      const { waits } = await beside(ground.url, async () => {
        const { recordsDeleted } = await source().erase!(ann, call(120_000));
        assert.equal(recordsDeleted, ROWS);
      });
      assert.equal(await left(), 0);
      assertShort(waits);
    });

    test("a sweep takes no lock for long", { skip }, async () => {
      const [rule] = source().retention!;
      const old = Date.UTC(2021, 0, 1) as EpochMs;
      const { waits } = await beside(ground.url, async () => {
        assert.equal(await rule!.sweep(old, ROWS, AbortSignal.timeout(120_000)), ROWS);
      });
      assert.equal(await left(), 0);
      assertShort(waits);
    });

    test("the check bites: one statement for all of them locks for longer", { skip }, async () => {
      if (name !== "SQLite") return; // The others lock rows, and the writer has its own.
      const { waits } = await beside(ground.url, async () => {
        const release = await ground.hold("delete from messages where sender = 'ann'");
        await pause(2 * LOCK_MS_MAX);
        await release();
      });
      assert.throws(() => assertShort(waits), /a write waited/);
    });
  });
}

/** What a writer waits while the work is done. */
async function beside(url: string, work: () => Promise<void>): Promise<{ waits: number[] }> {
  const worker = new Worker(new URL("./sql-writer.ts", import.meta.url), { workerData: { url } });
  try {
    await once(worker, "message");
    await work();
    worker.postMessage("stop");
    const [waits] = (await once(worker, "message")) as [number[]];
    return { waits };
  } finally {
    await worker.terminate();
  }
}

/**
 * A machine that does other things takes a thread's time away, now and then: so one write in a
 * hundred may take longer; of a whole run, one in a thousand.
 */
function assertShort(waits: readonly number[]): void {
  const sorted = [...waits].sort((left, right) => left - right);
  const longest = sorted.at(-1 - Math.floor(sorted.length / (THOROUGH ? 1000 : 100)))!;
  assert.ok(longest <= LOCK_MS_MAX, `a write waited ${Math.round(longest)} ms`);
  assert.ok(waits.length > 10, "a writer that did not write would wait for nothing");
}
