import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";

import { openWith, type Oubli } from "#engine";
import { DAY_MS } from "#kernel";
import { ccpa, defineConfig, gdpr, hipaa } from "#policy";

import { ENGINES, newGround, openGround, type Ground } from "../proofs/support/ground.ts";
import { closeStores, movableClock, OFFICER, REGION } from "../proofs/support/region.ts";
import { otherSystem } from "../spec/office/other-system.ts";

// Goal: the office at work, as its officer sees it, on both engines and with two processes.

const CONFIG = defineConfig({
  packs: [gdpr(), hipaa(), ccpa()],
  controller: { name: "Clinic Ltd", contact: { email: "privacy@clinic.example" } },
  regions: { [REGION]: { jurisdictions: ["*"], store: "sqlite:./unused" } },
  purposes: { support: { basis: "contract", categories: ["preference"], retention: "P2Y" } },
});

async function openProcesses(ground: Ground) {
  const clock = movableClock();
  const crm = otherSystem("crm");
  const opened: { readonly oubli: Oubli; close(): Promise<void> }[] = [];
  for (let process = 0; process < 2; process += 1) {
    const stores = await openGround(ground, clock);
    const sources = [crm.source];
    const oubli = await openWith(stores, CONFIG, REGION, false, {
      clock,
      sources,
      sweep: "manual",
    });
    opened.push({ oubli, close: () => oubli.close().then(() => closeStores(stores)) });
  }
  const [app, office] = opened.map(({ oubli }) => oubli) as [Oubli, Oubli];
  const close = async () => {
    for (const one of opened) await one.close();
  };
  return { clock, crm, app, dpo: office.as(OFFICER), office, [Symbol.asyncDispose]: close };
}

for (const engine of ENGINES) {
  describe(`the office on ${engine}`, () => {
    test("one process receives, another answers; warnings, a system that is down, the log", async () => {
      await using ground = await newGround(engine);
      await using world = await openProcesses(ground);
      const { clock, crm, app, dpo, office } = world;
      const ada = await app.subject("ada");
      await ada.session({ purpose: "support" }).remember("prefers tea");

      const access = await app.requests.receive({
        person: "ada",
        right: "access",
        manner: "email",
      });
      await assert.rejects(office.requests.prove(access.request.request, "AAAAA-AAAAA"), {
        code: "IDENTITY_REFUSED",
      });
      await office.requests.prove(access.request.request, access.code!);
      const copy = new PassThrough().resume();
      const answered = await dpo.requests.package(access.request.request, copy);
      assert.equal(answered.state, "completed");

      crm.fault = "down";
      const asked = {
        person: "ada",
        right: "erasure",
        manner: "form",
        identity: "session",
      } as const;
      const { request } = await app.requests.receive(asked);
      const twice = await app.requests.receive(asked);
      assert.equal(twice.request.duplicateOf, request.request);
      const waiting = await dpo.requests.advance(request.request);
      assert.deepEqual([waiting.state, waiting.waitingFor], ["waiting", ["crm"]]);
      assert.equal(await app.find("ada"), null);

      clock.advance(16 * DAY_MS);
      await Promise.all([app.sweep(), office.sweep()]);
      assert.deepEqual((await dpo.requests.show(request.request)).warned, [50]);
      crm.fault = null;
      for (let round = 0; round < 3; round += 1) {
        clock.advance(DAY_MS);
        await Promise.all([app.sweep(), office.sweep()]);
      }
      const done = await dpo.requests.show(request.request);
      assert.deepEqual([done.state, done.counts["elsewhere"]], ["completed", 3]);

      const page = await dpo.requests.list({ limit: 2 });
      assert.equal(page.requests.length, 2);
      const rest = await dpo.requests.list({ limit: 2, after: page.next });
      assert.deepEqual([rest.requests.length, rest.next], [1, null]);
      for (const { request: id } of [...page.requests, ...rest.requests]) {
        assert.equal((await dpo.requests.sent(id)).externalId, null);
      }
      assert.ok((await office.audit.check()).every(({ faults }) => faults.length === 0));
    });
  });
}
