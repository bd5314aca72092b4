import assert from "node:assert/strict";
import { test } from "node:test";

import { openOubli, openPlace } from "#engine";
import { DAY_MS, MINUTE_MS, systemClock, word, type EpochMs } from "#kernel";

import { CONTROLLER, outbox, report, TEXTS } from "../spec/office/breach-world.ts";
import { AUDITOR } from "../spec/world.ts";
import { OFFICER, openBackedUp, type BackedUp } from "./support/backed-up.ts";
import { closeStores } from "./support/region.ts";

// Goal: nobody gets a letter about an incident twice because a backup was put back. Method: they wait
// in the backup, go out behind it, everything is lost, and whatever is due is done again.

/** Which notices are over, when they may go, and which are looked at again. */
async function rowsOf({ config }: BackedUp) {
  const stores = await openPlace(config.regions["eu"]!, { region: "eu", clock: systemClock });
  try {
    const rows = await stores.cases.list({ tenant: word("default"), kind: "notice", limit: 100 });
    return rows.map(({ id, step, closedAt, endsAt, dueAt }) => {
      const ends = endsAt && Math.round(endsAt / DAY_MS);
      return { id, step, closed: closedAt !== null, ends, due: dueAt !== null };
    });
  } finally {
    await closeStores(stores);
  }
}

test("letters, alerts and tasks behind a restore are as far as the ledger says, and go out once", async () => {
  await using life = await openBackedUp("sqlite", { controller: CONTROLLER });
  const people = ["ada", "bob"];
  for (const person of people) await life.oubli.subject(person);
  const { state, messages, notifier } = outbox();
  let ahead = 0;
  const clock = { now: () => (Date.now() + ahead) as EpochMs };
  const open = async () => {
    const notifiers = [notifier];
    return (await openOubli(life.config, { sweep: "manual", clock, notifiers })).as(OFFICER);
  };
  const office = await open();
  state.broken = true;
  const detectedAt = Date.now() - MINUTE_MS;
  const given = { severity: "critical", affectedUsers: people, detectedAt, ...TEXTS } as const;
  const { id } = await office.breach.open(report(given));
  await life.oubli.backup(life.backups);

  state.broken = false;
  ahead += 2 * MINUTE_MS;
  await office.breach.work();
  await office.breach.done(id, "oubli.authority");
  const standing = async (one: typeof office) => {
    const { tasks, alerts, letters } = await one.breach.show(id);
    const of = ({ state: where }: { state: string }, name: string) => `${name}: ${where}`;
    return {
      tasks: tasks.map((task) => of(task, task.duty)).toSorted(),
      alerts: alerts.map((alert) => of(alert, alert.about)).toSorted(),
      letters,
    };
  };
  const before = await standing(office);
  const rows = await rowsOf(life);
  const sent = messages.length;
  assert.ok(before.letters.sent === 2 && sent >= 3, "two letters, and the officer's");
  await life.oubli.as(AUDITOR).audit.export(life.path("log"));
  await office.close();

  await life.loseAndRestore({ ledger: life.path("log") });
  ahead += 10 * MINUTE_MS;
  const again = await open();
  assert.deepEqual(await standing(again), before);
  assert.deepEqual(await rowsOf(life), rows);
  await again.breach.work();
  assert.equal(messages.length, sent);
  await again.close();
});
