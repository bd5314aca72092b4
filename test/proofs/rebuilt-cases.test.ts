import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";

import { openOubli } from "#engine";
import { HOUR_MS, MINUTE_MS, type EpochMs } from "#kernel";

import { CONTROLLER, outbox, report, TEXTS } from "../spec/office/breach-world.ts";
import { otherSystem } from "../spec/office/other-system.ts";
import { AUDITOR, entriesOf } from "../spec/world.ts";
import { OFFICER, openBackedUp, tell, type BackedUp } from "./support/backed-up.ts";

// Goal: no deadline is lost because a case was opened after the newest backup. Method: cases are
// opened and lived on behind a backup, the register is read, everything is lost, and it is read again.

/** What is listed, but for what is lost, and the moments of this test: an entry and its row differ. */
function steady(listed: unknown): unknown {
  const { timeOrigin } = performance;
  const isNow = (at: number) => at >= timeOrigin && at < timeOrigin + HOUR_MS;
  const text = JSON.stringify(listed, (name, value: unknown) => {
    if (name === "missing" || name === "lacks") return undefined;
    return typeof value === "number" && isNow(value) ? "now" : value;
  });
  return JSON.parse(text);
}

async function restore(life: BackedUp): Promise<void> {
  await life.oubli.as(AUDITOR).audit.export(life.path("log"));
  await life.loseAndRestore({ ledger: life.path("log") });
}

test("a request that came behind the backup is there again, with its clock and where it stood", async () => {
  await using life = await openBackedUp("sqlite", { controller: CONTROLLER });
  for (const person of ["ada", "bob", "cem", "eve", "fay"]) await life.oubli.subject(person);
  const [wrong] = await tell(life.oubli, "dan", "likes tea");
  await life.oubli.backup(life.backups);
  const before = life.oubli.as(OFFICER).requests;
  const receivedAt = Date.now() - 3 * 86_400_000;
  const ask = async (person: string, more: object) => {
    const asked = { person, manner: "form", receivedAt, ...more } as never;
    return (await before.receive(asked)).request.request;
  };
  const session = { identity: "session" };
  const ids = {
    copy: await ask("ada", { right: "access", ...session }),
    unproven: await ask("bob", { right: "erasure", identifiers: { email: "bob@example.org" } }),
    stored: await ask("cem", { right: "restriction", ground: "unlawful", ...session }),
    wrong: await ask("dan", {
      right: "rectification",
      details: "It is coffee.",
      corrections: [{ node: wrong!, content: "likes coffee" }],
      ...session,
    }),
    nobody: await ask("zoe", { right: "access" }),
    denied: await ask("eve", { right: "access", ...session }),
    sent: await ask("fay", { right: "restriction", ...session }),
  };
  await before.deny(ids.denied, { reason: "excessive" });
  await before.advance(ids.sent);
  await before.sent(ids.sent);
  const listed = steady(await before.list());
  await restore(life);

  const { requests } = life.oubli.as(OFFICER);
  assert.deepEqual(steady(await requests.list()), listed);
  const missing = async (id: string) => (await requests.show(id)).missing;
  assert.deepEqual(await missing(ids.copy), []);
  assert.deepEqual(await missing(ids.unproven), ["identifiers"]);
  assert.equal((await requests.show(ids.copy)).externalId, "ada");

  assert.deepEqual((await requests.advance(ids.copy)).waitingFor, ["package"]);
  await requests.advance(ids.stored);
  const restricted = (await entriesOf(life.oubli, "ledger")).filter(({ t }) => t === "restrict");
  assert.equal(restricted.at(-1)!["ground"], "unlawful");
  const { code } = await requests.anotherCode(ids.unproven);
  await requests.prove(ids.unproven, code!);
  await assert.rejects(requests.advance(ids.unproven), {
    code: "REQUEST_INCOMPLETE",
    details: { case: ids.unproven, fields: ["identifiers"] },
  });
  const { state } = await requests.advance(ids.unproven, { identifiers: {} });
  assert.equal(state, "completed");
});

test("nothing is carried out on less than was asked for, until it is said again", async () => {
  await using life = await openBackedUp("sqlite", { controller: CONTROLLER });
  const [wrong] = await tell(life.oubli, "dan", "likes tea");
  await life.oubli.backup(life.backups);
  const said = {
    details: "It is coffee.",
    corrections: [{ node: wrong!, content: "likes coffee" }],
  };
  const asked = { person: "dan", right: "rectification", manner: "form" } as const;
  const received = await life.oubli.requests.receive({ ...asked, ...said, identity: "session" });
  const id = received.request.request;
  await restore(life);

  const { requests } = life.oubli.as(OFFICER);
  assert.equal((await requests.tend()).advanced, 0);
  for (const less of [{}, { details: said.details }]) {
    await assert.rejects(requests.advance(id, less), { code: "REQUEST_INCOMPLETE" });
  }
  const { state, missing, details } = await requests.advance(id, said);
  assert.deepEqual([state, missing, details], ["completed", [], said.details]);

  await restore(life);
  assert.equal((await life.oubli.as(OFFICER).requests.show(id)).state, "completed");
});

test("an incident that was reported behind the backup is there again with its deadlines, and nobody gets a letter twice", async () => {
  await using life = await openBackedUp("sqlite", { controller: CONTROLLER });
  for (const person of ["ada", "bob"]) await life.oubli.subject(person);
  const { state, messages, notifier } = outbox();
  let ahead = 0;
  const clock = { now: () => (Date.now() + ahead) as EpochMs };
  const open = async () =>
    (await openOubli(life.config, { sweep: "manual", clock, notifiers: [notifier] })).as(OFFICER);
  const office = await open();
  const detectedAt = Date.now() - MINUTE_MS;
  const given = report({ severity: "critical", affectedUsers: ["ada", "bob"], detectedAt });
  const known = await office.breach.open({ ...given, ...TEXTS, affectedUsers: [] });
  await life.oubli.backup(life.backups);
  const told = await office.breach.open({ ...given, ...TEXTS });
  await office.breach.work();
  await office.breach.done(told.id, "oubli.authority");
  const waiting = await office.breach.open(given);
  state.broken = true;
  await office.breach.update(known.id, { affectedCount: 7, phase: "Seven were seen." });
  await office.breach.work();
  const ids = [known.id, told.id, waiting.id];
  const standing = async (one: typeof office) => {
    const shown = await Promise.all(ids.map((id) => one.breach.show(id)));
    const list = await one.breach.list();
    return steady([list, shown.map(({ report: _report, ...rest }) => rest)]);
  };
  const before = await standing(office);
  const sent = messages.length;
  await office.close();
  await restore(life);

  state.broken = false;
  const again = await open();
  assert.deepEqual(await standing(again), before);
  const lost = await Promise.all(ids.map(async (id) => (await again.breach.show(id)).missing));
  assert.deepEqual(lost, [["updates"], ["report"], ["report"]]);
  ahead += 2 * MINUTE_MS;
  await again.breach.work();
  assert.equal(messages.length, sent, "what waits for its text still waits");
  const description = given.description;
  const after = await again.breach.update(waiting.id, { description, ...TEXTS });
  assert.equal(after.missing, undefined);
  await again.breach.work();
  const letters = messages.slice(sent).map(({ to }) => to.kind === "person" && to.externalId);
  assert.deepEqual(letters.toSorted(), ["ada", "bob"]);
  await again.close();
});

test("an erasure that other systems had not done, and whose name is lost, is not complete behind a restore until the officer says so of each", async () => {
  await using life = await openBackedUp("sqlite", { controller: CONTROLLER });
  const crm = otherSystem("crm");
  const sources = [crm.source];
  const open = () => openOubli(life.config, { sweep: "manual", sources, actor: OFFICER });
  const office = await open();
  await office.subject("ada");
  await office.backup(life.backups);
  crm.fault = "down";
  const asked = { person: "ada", right: "erasure", manner: "form", identity: "session" } as const;
  const { request } = await office.requests.receive(asked);
  assert.deepEqual((await office.requests.advance(request.request)).waitingFor, ["crm"]);
  // With these keys comes a directory that the person's name is gone from.
  await office.backup(life.backups, { keysOnly: true });
  await office.close();
  await restore(life);

  crm.fault = null;
  const calls = crm.asked.length;
  await life.oubli.close();
  const again = await open();
  await again.sweep();
  await again.requests.tend();
  const { state, waitingFor } = await again.requests.show(request.request);
  assert.deepEqual([state, waitingFor, crm.asked.length], ["waiting", ["crm"], calls]);
  const [open1] = await again.sources.erasures({ open: true });
  assert.equal(open1!.targets[0]!.error, "identity-missing");
  await again.sources.confirm({ case: open1!.case, target: "crm", records: 3 });
  const done = await again.requests.advance(request.request);
  assert.equal(done.state, "completed");
  assert.equal(crm.asked.length, calls, "nobody looks for a person without a name");
  await again.close();
});

test("a case that was removed since is not put back", async () => {
  await using life = await openBackedUp("sqlite", { controller: CONTROLLER });
  let ahead = 0;
  const clock = { now: () => (Date.now() + ahead) as EpochMs };
  await life.oubli.subject("ada");
  await life.oubli.backup(life.backups);
  const office = await openOubli(life.config, { sweep: "manual", clock, actor: OFFICER });
  const asked = { person: "ada", right: "access", manner: "form", identity: "session" } as const;
  const { request } = await office.requests.receive(asked);
  await office.requests.deny(request.request, { reason: "excessive" });
  await office.requests.sent(request.request);
  ahead += 3 * 365 * 86_400_000;
  assert.equal((await office.requests.tend()).removed, 1);
  await office.close();
  await restore(life);
  assert.deepEqual((await life.oubli.requests.list()).requests, []);
});

test("what a process died over before it had a row, and another opened anew, is put back once", async () => {
  await using life = await openBackedUp("sqlite", { controller: CONTROLLER });
  const { messages, notifier } = outbox();
  const open = async () =>
    (await openOubli(life.config, { sweep: "manual", notifiers: [notifier] })).as(OFFICER);
  await life.oubli.subject("ada");
  await life.oubli.backup(life.backups);
  const office = await open();
  const given = report({ severity: "critical", detectedAt: Date.now(), ...TEXTS });
  const { id } = await office.breach.open(given);
  using audit = new DatabaseSync(life.path("data", "audit.db"));
  audit.exec("DELETE FROM case_file WHERE kind = 'notice' AND step = 0");
  audit.close();
  const { tasks } = await office.breach.update(id, { affectedUsers: ["ada"] });
  await office.breach.work();
  const sent = messages.length;
  await office.close();
  await restore(life);

  const again = await open();
  await again.breach.work();
  assert.equal(messages.length, sent);
  assert.equal((await again.breach.show(id)).tasks.length, tasks.length);
  await again.close();
});
