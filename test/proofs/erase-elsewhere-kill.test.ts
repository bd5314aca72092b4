import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";

import { HOUR_MS } from "#kernel";
import type { TargetsReport } from "#sources";

import { ENGINES, newGround, type Ground } from "./support/ground.ts";
import type { TargetsOrder } from "./support/targets-child.ts";
import { THOROUGH } from "./support/thorough.ts";

/** Proof: `kill -9` of the process that erases a person in other systems, half-way through one. */

const CHILD = join(import.meta.dirname, "support", "targets-child.ts");
const FLAGS = ["--conditions=oubli-source", "--disable-warning=ExperimentalWarning"];
const run = promisify(execFile);

type Dies = NonNullable<TargetsOrder["dies"]>;

const POINTS: readonly Dies[] = ["orders", "crm", "cache"].flatMap((at) =>
  (["before", "half", "after"] as const).map((when) => ({ at, when })),
);

/** A killed one has no exit code. */
async function child(
  { folder, store }: Ground,
  order: Omit<TargetsOrder, "ground" | "clockAheadMs">,
  clockAheadMs = 0,
): Promise<string | "killed"> {
  const told: TargetsOrder = { ...order, ground: { folder, store }, clockAheadMs };
  try {
    return (await run(process.execPath, [...FLAGS, CHILD, JSON.stringify(told)])).stdout;
  } catch (error) {
    if ((error as { signal?: string }).signal === "SIGKILL") return "killed";
    throw error;
  }
}

interface Ended {
  readonly report: TargetsReport;
  readonly left: readonly (readonly [number, number])[];
  readonly valid: boolean;
}

for (const engine of ENGINES) {
  describe(`kill -9 of an erasure in other systems, on ${engine}`, () => {
    const points = THOROUGH
      ? POINTS
      : POINTS.filter(({ at, when }) => at === "crm" && when === "half");
    for (const dies of points) {
      test(`${dies.when} in ${dies.at}: the next process ends it, and asks none again that was confirmed`, async () => {
        await using ground = await newGround(engine);
        await child(ground, { role: "set", dies: null });
        assert.equal(await child(ground, { role: "erase", dies }), "killed");
        const told = await child(ground, { role: "resume", dies: null }, HOUR_MS);
        const { report, left, valid } = JSON.parse(told) as Ended;

        assert.equal(report.complete, true);
        assert.deepEqual(
          left,
          [0, 1, 2].map(() => [0, 2]),
          "nothing of Ada, all of Bob",
        );
        assert.equal(valid, true);
        const asked = readFileSync(join(ground.folder, "asked"), "utf8").trim().split("\n");
        const requests = asked.map((line) => line.split(" ")[1]);
        assert.equal(new Set(requests).size, 1);
        const twice = asked
          .map((line) => line.split(" ")[0])
          .filter((name, at, all) => all.indexOf(name!) !== at);
        assert.deepEqual(twice, [dies.at], "only whom the killed one was asking is asked again");
      });
    }
  });
}
