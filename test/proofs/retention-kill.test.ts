import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";

import { readEntry } from "#audit";
import { HOUR_MS } from "#kernel";
import type { RetentionRun } from "#retention";

import { ENGINES, newGround, openGround } from "./support/ground.ts";
import { oldTable } from "./support/old-table.ts";
import { closeStores, movableClock } from "./support/region.ts";
import type { RetentionOrder } from "./support/retention-child.ts";
import { THOROUGH } from "./support/thorough.ts";

/** Proof: `kill -9` of the process that carries out a retention run, in the middle of a batch. */

const CHILD = join(import.meta.dirname, "support", "retention-child.ts");
const FLAGS = ["--conditions=oubli-source", "--disable-warning=ExperimentalWarning"];
const run = promisify(execFile);

type Dies = NonNullable<RetentionOrder["dies"]>;
const POINTS: readonly Dies[] = [1, 3].flatMap((batch) =>
  (["before", "half", "after"] as const).map((when) => ({ batch, when })),
);
const DAILY = POINTS.filter(({ batch, when }) => batch === 3 && when === "half");

const OLD = 470;
const YOUNG = 30;

/** A killed one has no exit code. */
async function child(order: RetentionOrder): Promise<string | "killed"> {
  try {
    return (await run(process.execPath, [...FLAGS, CHILD, JSON.stringify(order)])).stdout;
  } catch (error) {
    if ((error as { signal?: string }).signal === "SIGKILL") return "killed";
    throw error;
  }
}

for (const engine of ENGINES) {
  for (const dies of THOROUGH ? POINTS : DAILY) {
    describe(`kill -9 of a retention run, ${dies.when} batch ${dies.batch}, on ${engine}`, () => {
      test("the next process goes on with the same run, and its counts are true", async () => {
        await using ground = await newGround(engine);
        await using table = await oldTable(ground, { old: OLD, young: YOUNG });
        const { folder, store } = ground;
        const common = { ground: { folder, store }, url: table.url, batchMax: 100 };
        const killed = await child({ ...common, role: "run", clockAheadMs: 0, dies });
        assert.equal(killed, "killed");
        assert.ok((await table.left()).old > 0, "it died half-way");

        const late = { ...common, role: "resume", clockAheadMs: HOUR_MS, dies: null } as const;
        const runs = JSON.parse(await child(late)) as RetentionRun[];
        assert.deepEqual(await table.left(), { old: 0, young: YOUNG });
        assert.equal(runs.length, 1);
        const { state, rules } = runs[0]!;
        assert.equal(state, "done");
        const [, visits] = rules;
        assert.deepEqual([visits!.counted, visits!.removed, visits!.batch], [OLD, OLD, 0]);

        const stores = await openGround(ground, movableClock(Date.now()));
        const entries = await stores.audit.entries("ledger", { from: 0, limit: 1000 });
        await closeStores(stores);
        const told = entries
          .map(({ bytes }) => readEntry(bytes!))
          .filter(({ t, rule }) => t === "retention.batch" && rule === "shop.visits");
        // Every batch was announced before it began, with all that was known to be gone by then.
        assert.equal(told.at(-1)!["removed"], OLD);
        const removed = told.map((entry) => entry["removed"] as number);
        assert.deepEqual(
          removed,
          removed.toSorted((a, b) => a - b),
        );
      });
    });
  }
}
