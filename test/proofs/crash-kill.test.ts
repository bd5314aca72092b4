import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test, type TestContext } from "node:test";

import { ON_CLUSTER } from "../support/cluster.ts";
import { startCluster } from "../support/own-cluster.ts";
import { ENGINES, type Engine } from "./support/ground.ts";
import { killRounds, type KillReport } from "./support/kill-rounds.ts";
import { serverKills } from "./support/server-kills.ts";
import { THOROUGH } from "./support/thorough.ts";

/**
 * Proof 3, crash, at any moment: processes that do random acts are killed with SIGKILL, also in
 * the middle of recovering from the last kill; and so is the server that they act on.
 *
 * `OUBLI_PROOF_SEED` repeats the acts and the delays of a run that failed.
 */

const REGIONS = { sqlite: 30, postgres: THOROUGH ? 10 : 1 } as const;
const KILLS_PER_CHECK = 5;
const CHECKS = 2;
const AT_ONCE = 2;

const SERVER_KILLS = THOROUGH ? 10 : 2;

const SEED = Number(process.env["OUBLI_PROOF_SEED"] ?? randomInt(2 ** 31));

test("300 processes are killed, and no acknowledged act is lost and no other one half done", (context) =>
  nothingLost("sqlite", context));

test("processes on a server are killed, and no acknowledged act is lost or half done", (context) =>
  nothingLost("postgres", context));

async function nothingLost(engine: Engine, context: TestContext): Promise<void> {
  const reports: KillReport[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < REGIONS[engine]) {
      const seed = SEED + (next += 1);
      const plan = { engine, seed, killsPerCheck: KILLS_PER_CHECK, checks: CHECKS };
      const report = await killRounds(plan);
      const where = `OUBLI_PROOF_SEED=${SEED}, region ${seed - SEED}`;
      assert.deepEqual(report.faults, [], `${where}\n${report.faults.join("\n")}\n${report.story}`);
      reports.push(report);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));

  const total = (count: keyof Omit<KillReport, "faults" | "story">): number =>
    reports.reduce((sum, report) => sum + report[count], 0);
  assert.ok(total("kills") >= REGIONS[engine] * KILLS_PER_CHECK * CHECKS);
  assert.ok(total("whileOpening") > 0, "some kills hit an opening");
  assert.ok(total("cut") > total("kills") / 4, "most kills hit acts under way");
  context.diagnostic(
    `seed ${SEED}: ${total("kills")} kills, ${total("whileOpening")} of them while opening; ` +
      `${total("operations")} acts, ${total("acknowledged")} acknowledged, ${total("cut")} cut`,
  );
}

test("a server is killed time and again, and the processes go on: nothing acknowledged is lost", (context) =>
  serverKilled(context));

test(
  "a cluster's nodes and its coordinator are killed in turn: nothing acknowledged is lost",
  { skip: !ON_CLUSTER && "no cluster is named" },
  (context) => serverKilled(context, startCluster),
);

async function serverKilled(context: TestContext, start?: typeof startCluster): Promise<void> {
  const kills = start ? 2 * SERVER_KILLS : SERVER_KILLS;
  const report = await serverKills({ seed: SEED, processes: 2, kills, ...(start && { start }) });
  const told = `OUBLI_PROOF_SEED=${SEED}\n${report.faults.join("\n")}\n${report.story}`;
  assert.deepEqual(report.faults, [], told);
  assert.ok(report.acknowledged >= kills, "each life of the server served");
  assert.ok(report.cut > 0, "some kills hit acts under way");
  context.diagnostic(
    `seed ${SEED}: ${report.operations} acts, ${report.acknowledged} acknowledged, ` +
      `${report.cut} cut; ${report.reopened} processes killed with the server`,
  );
}

for (const engine of ENGINES) {
  test(`the check bites: a product that acknowledges a memory before it is durable is found (${engine})`, async () => {
    const faults: string[] = [];
    for (let tries = 1; tries <= 5 && faults.length === 0; tries += 1) {
      const plan = { engine, seed: SEED - tries, killsPerCheck: 4, checks: 1 };
      faults.push(...(await killRounds({ ...plan, mistake: "early-acknowledgement" })).faults);
    }
    assert.match(faults.join("\n"), /was acknowledged and is not there/);
  });
}
