import assert from "node:assert/strict";
import { test } from "node:test";

import { DAY_MS } from "#kernel";

import { AUDITOR } from "../spec/world.ts";
import { OFFICER, openBackedUp } from "./support/backed-up.ts";
import { ENGINES } from "./support/ground.ts";
import { THOROUGH } from "./support/thorough.ts";

// Goal: a restore gives no privacy budget back. Method: counts are published behind a backup,
// everything is lost, and as much as the ledger leaves is asked for again.

const NOW = Date.now();
const day = (ago: number) => new Date(NOW - ago * DAY_MS).toISOString().slice(0, 10);

// The port is held to the same rules on both: the day looks at one.
for (const engine of THOROUGH ? ENGINES : (["sqlite"] as const)) {
  test(`${engine}: what was published behind a backup stays spent of its days`, async () => {
    await using life = await openBackedUp(engine, { analytics: { events: { opened: {} } } });
    const office = () => life.oubli.as(OFFICER).analytics;
    const [from, to] = [day(4), day(3)];
    const publish = (epsilon: number, of = { from, to }) =>
      office().publish({ event: "opened", ...of, epsilon });
    await publish(0.125);
    await life.oubli.backup(life.backups);
    await publish(0.25, { from, to: from });
    await life.oubli.as(AUDITOR).audit.export(life.path("log"));

    await life.loseAndRestore({ ledger: life.path("log") });
    const { days } = await office().budget({ from, to });
    const left = days.map((one) => [one.day, one.left]);
    assert.deepEqual(left, [
      [from, 0.625],
      [to, 0.875],
    ]);
    await assert.rejects(publish(0.626), { code: "BUDGET_SPENT" });
    await publish(0.625);
  });
}
