import assert from "node:assert/strict";
import { test } from "node:test";

import { openWith } from "#engine";
import { defineConfig } from "#policy";

import { CONTROLLER, outbox, report, TEXTS } from "../spec/office/breach-world.ts";
import { PURPOSES } from "../spec/world.ts";
import { newGround, openGround } from "./support/ground.ts";
import { movableClock, OFFICER, REGION } from "./support/region.ts";

// Goal: on a server, several processes take care of one incident, and nobody is told twice. Method: one
// reports it, three work at once, again and again, while a notifier fails one time in five.

const PEOPLE = Array.from({ length: 110 }, (_, at) => `person-${at}`);

test("three processes on a server send each letter once, whatever fails on the way", async () => {
  const clock = movableClock();
  await using ground = await newGround("postgres");
  const regions = { [REGION]: { jurisdictions: ["*"], store: ground.store! } };
  const config = defineConfig({ purposes: PURPOSES, controller: CONTROLLER, regions });
  const box = outbox();
  let sent = 0;
  const flaky: typeof box.notifier = {
    ...box.notifier,
    async send(message, call) {
      if ((sent += 1) % 5 === 0) throw new Error("421 try again later");
      return box.notifier.send(message, call);
    },
  };
  await using opened = new AsyncDisposableStack();
  const processes = [];
  for (let count = 0; count < 3; count += 1) {
    const stores = await openGround(ground, clock);
    const options = { clock, sweep: "manual", notifiers: [flaky] } as const;
    const oubli = opened.use(await openWith(stores, config, REGION, false, options));
    processes.push(oubli.as(OFFICER));
  }
  const [first] = processes as [(typeof processes)[0]];
  await Promise.all(PEOPLE.map((name) => first.subject(name)));
  const given = report({ severity: "critical", affectedUsers: PEOPLE, ...TEXTS });
  const { id } = await first.breach.open(given);

  for (let turn = 0; turn < 6; turn += 1) {
    await Promise.all(processes.map(({ breach }) => breach.work()));
    clock.advance(6 * 3_600_000);
  }
  const { letters, tasks } = await first.breach.show(id);
  assert.deepEqual([letters.queued, letters.sent, letters.unreached], [0, PEOPLE.length, 0]);
  assert.equal(new Set(tasks.map(({ duty }) => duty)).size, tasks.length);
  const told = box.messages.flatMap(({ to }) => (to.kind === "person" ? [to.externalId] : []));
  assert.equal(told.length, PEOPLE.length);
  assert.equal(new Set(told).size, PEOPLE.length);
  const opening = box.messages.filter(({ title }) => title === "An incident was reported");
  assert.equal(opening.length, 1);
});
