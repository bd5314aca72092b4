import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openPlace } from "#engine";
import { DAY_MS, HOUR_MS, systemClock, word } from "#kernel";

import { AUDITOR } from "../spec/world.ts";
import { OFFICER, openBackedUp, type BackedUp } from "./support/backed-up.ts";
import { ENGINES } from "./support/ground.ts";
import { closeStores } from "./support/region.ts";
import { THOROUGH } from "./support/thorough.ts";

// Goal: a request that a restore brings back stands where the ledger says, so that nobody carries it
// out twice and no guess at a code is given back. Method: requests are lived on behind a backup, their
// list is read, everything is lost, and the list is read again.

const controller = { name: "Clinic Ltd", contact: { email: "privacy@clinic.example" } };

const asked = (person: string, right: "access" | "restriction" | "erasure") =>
  ({ person, right, manner: "form" }) as const;

async function open(life: BackedUp, person: string, right: "access" | "restriction" | "erasure") {
  const { requests } = life.oubli.as(OFFICER);
  await life.oubli.subject(person);
  return (await requests.receive({ ...asked(person, right), identity: "session" })).request.request;
}

/** The list as it is read, but for the moments of this test: an entry and its row are not of one. */
async function listed(life: BackedUp): Promise<unknown> {
  const { timeOrigin } = performance;
  const isNow = (at: number) => at >= timeOrigin && at < timeOrigin + HOUR_MS;
  const { requests } = await life.oubli.as(OFFICER).requests.list();
  const text = JSON.stringify(requests, (_, value: unknown) =>
    typeof value === "number" && isNow(value) ? "now" : value,
  );
  return JSON.parse(text);
}

/** When each row of the log may go, to the day. */
async function endsOf(life: BackedUp): Promise<readonly (number | null)[]> {
  const stores = await openPlace(life.config.regions["eu"]!, { region: "eu", clock: systemClock });
  try {
    const rows = await stores.cases.list({ tenant: word("default"), kind: "request", limit: 100 });
    return rows.map(({ endsAt }) => endsAt && Math.round(endsAt / DAY_MS));
  } finally {
    await closeStores(stores);
  }
}

// The port is held to the same rules on both: the day looks at one.
for (const engine of THOROUGH ? ENGINES : (["sqlite"] as const)) {
  describe(`requests behind a restore, on ${engine}`, () => {
    test("stand where the ledger says, each with what became of it since the backup", async () => {
      await using life = await openBackedUp(engine, { controller });
      const ids = {
        done: await open(life, "ada", "restriction"),
        denied: await open(life, "bob", "access"),
        extended: await open(life, "cem", "access"),
        erased: await open(life, "dan", "erasure"),
        sent: await open(life, "eve", "restriction"),
        lifted: await open(life, "fay", "restriction"),
        back: await open(life, "gil", "access"),
      };
      await life.oubli.backup(life.backups);
      const { requests } = life.oubli.as(OFFICER);
      await requests.advance(ids.done);
      await requests.deny(ids.denied, { reason: "excessive" });
      await requests.extend(ids.extended, { reason: "complexity" });
      await requests.advance(ids.erased);
      await requests.advance(ids.sent);
      await requests.sent(ids.sent);
      await requests.advance(ids.lifted);
      await requests.announceLift(ids.lifted);
      await requests.lift(ids.lifted);
      await requests.withdraw(ids.back);
      const before = await listed(life);
      const ends = await endsOf(life);
      assert.equal(ends.filter((end) => end !== null).length, 1);
      await life.oubli.as(AUDITOR).audit.export(life.path("log"));
      await life.loseAndRestore({ ledger: life.path("log") });
      assert.deepEqual(await listed(life), before);
      assert.deepEqual(await endsOf(life), ends);

      const again = life.oubli.as(OFFICER).requests;
      for (const id of [ids.done, ids.denied, ids.erased, ids.sent, ids.back]) {
        await assert.rejects(again.advance(id), { code: "REQUEST_STATE" });
      }
      assert.deepEqual((await again.show(ids.extended)).waitingFor, ["time"]);
      assert.deepEqual((await again.advance(ids.extended)).waitingFor, ["package"]);
      await again.announceLift(ids.done);
    });
  });
}

test("a restore gives no guess at a code back, nor takes an older one", async () => {
  await using life = await openBackedUp("sqlite", { controller });
  await life.oubli.subject("ada");
  const { request, code } = await life.oubli.requests.receive(asked("ada", "access"));
  const id = request.request;
  const wrong = (left: number) =>
    assert.rejects(life.oubli.requests.prove(id, "AAAAA-AAAAA"), {
      details: { case: id, left },
    });
  await life.oubli.backup(life.backups);
  for (const left of [4, 3]) await wrong(left);
  await life.oubli.requests.anotherCode(id);
  await life.oubli.as(AUDITOR).audit.export(life.path("log"));
  await life.loseAndRestore({ ledger: life.path("log") });
  await assert.rejects(life.oubli.requests.prove(id, code!), {
    details: { case: id, left: 2 },
  });
  const third = await life.oubli.requests.anotherCode(id);
  await assert.rejects(life.oubli.requests.anotherCode(id), { code: "IDENTITY_REFUSED" });
  assert.equal((await life.oubli.requests.prove(id, third.code!)).state, "acknowledged");
});
