import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";

import { killRounds, type KillReport } from "./support/kill-rounds.ts";

/**
 * Proof 3, crash, at any moment: processes that do random acts are killed with SIGKILL, also in
 * the middle of recovering from the last kill.
 *
 * `OUBLI_PROOF_SEED` repeats the acts and the delays of a run that failed.
 */

const FOLDERS = 30;
const KILLS_PER_CHECK = 5;
const CHECKS = 2;
const AT_ONCE = 2;

const SEED = Number(process.env["OUBLI_PROOF_SEED"] ?? randomInt(2 ** 31));

test("300 processes are killed, and no acknowledged act is lost and no other one half done", async (context) => {
  const reports: KillReport[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < FOLDERS) {
      const seed = SEED + (next += 1);
      const plan = { seed, killsPerCheck: KILLS_PER_CHECK, checks: CHECKS };
      const report = await killRounds(plan);
      const where = `OUBLI_PROOF_SEED=${SEED}, folder ${seed - SEED}`;
      assert.deepEqual(report.faults, [], `${where}\n${report.faults.join("\n")}\n${report.story}`);
      reports.push(report);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));

  const total = (count: keyof Omit<KillReport, "faults" | "story">): number =>
    reports.reduce((sum, report) => sum + report[count], 0);
  assert.ok(total("kills") >= 300);
  assert.ok(total("whileOpening") > 0, "some kills hit an opening");
  assert.ok(total("cut") > total("kills") / 4, "most kills hit acts under way");
  context.diagnostic(
    `seed ${SEED}: ${total("kills")} kills, ${total("whileOpening")} of them while opening; ` +
      `${total("operations")} acts, ${total("acknowledged")} acknowledged, ${total("cut")} cut`,
  );
});

test("the check bites: a product that acknowledges a memory before it is durable is found", async () => {
  const faults: string[] = [];
  for (let tries = 1; tries <= 5 && faults.length === 0; tries += 1) {
    const plan = { seed: SEED - tries, killsPerCheck: 4, checks: 1 };
    faults.push(...(await killRounds({ ...plan, mistake: "early-acknowledgement" })).faults);
  }
  assert.match(faults.join("\n"), /was acknowledged and is not there/);
});
