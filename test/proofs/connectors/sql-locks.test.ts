import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
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

/** Whoever holds a lock may lose the processor with it: only what happens each time is the work's. */
const TRIES = 10;

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
    const fill = async (): Promise<void> => {
      await ground.run("delete from messages");
      const row = (at: number) =>
        `(${at}, 'ann', 'bob', '${"m".repeat(100)}', '2020-01-01 00:00:00')`;
      for (let from = 0; from < ROWS; from += 2000) {
        const rows = Array.from({ length: 2000 }, (_, at) => row(from + at));
        await ground.run(`insert into messages values ${rows.join()}`);
      }
    };
    const source = () => sqlSource({ name: "shop", url: ground.url, tables: LOG });
    const left = async (): Promise<number> =>
      Number(
        (await ground.rows("select count(*) as many from messages where sender = 'ann'"))[0]![
          "many"
        ],
      );

    /** What is wrong each time that all rows go by this work; `null` as soon as nothing is. */
    const faultsOf = async (work: () => Promise<void>): Promise<string | null> => {
      const faults: string[] = [];
      while (faults.length < TRIES) {
        await fill();
        const { waits } = await beside(ground.url, work);
        assert.equal(await left(), 0);
        const fault = faultOf(waits);
        if (fault === null) return null;
        faults.push(fault);
      }
      return faults.join("; ");
    };

    test("an erasure takes no lock for long", { skip }, async () => {
      const faults = await faultsOf(async () => {
        const { recordsDeleted } = await source().erase!(ann, call(120_000));
        assert.equal(recordsDeleted, ROWS);
      });
      assert.equal(faults, null);
    });

    test("a sweep takes no lock for long", { skip }, async () => {
      const [rule] = source().retention!;
      const old = Date.UTC(2021, 0, 1) as EpochMs;
      const faults = await faultsOf(async () => {
        assert.equal(await rule!.sweep(old, ROWS, AbortSignal.timeout(120_000)), ROWS);
      });
      assert.equal(faults, null);
    });

    test("the check bites: one statement for all of them locks for longer", { skip }, async () => {
      if (name !== "SQLite") return; // The others lock rows, and the writer has its own.
      let fault: string | null = null;
      for (let tries = 0; tries < TRIES && fault === null; tries += 1) {
        await fill();
        const { waits } = await beside(ground.url, async () => {
          const release = await ground.hold("delete from messages where sender = 'ann'");
          await pause(2 * LOCK_MS_MAX);
          await release();
        });
        fault = faultOf(waits);
      }
      assert.match(String(fault), /a write waited/);
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
function faultOf(waits: readonly number[]): string | null {
  const sorted = [...waits].sort((left, right) => left - right);
  const longest = sorted.at(-1 - Math.floor(sorted.length / (THOROUGH ? 1000 : 100)))!;
  if (longest > LOCK_MS_MAX) return `a write waited ${Math.round(longest)} ms`;
  return waits.length > 10 ? null : "a writer that does not write waits for nothing";
}
