import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Subject } from "#engine";

import type { Around, PortCall } from "./support/intercepted-stores.ts";
import { memoryRegion, OFFICER } from "./support/region.ts";

/**
 * Recall and remember go by the facts that their process read last, and have the append ask
 * whether they still are: so what another process does in between must never go unnoticed.
 */

const NOTICE = { policyVersion: "v1", mechanism: "signup" } as const;
const TEA = { system: "crm", event: "e-1" } as const;

/** A process that knows a person's facts, and another one that is about to change them. */
async function twoProcesses() {
  const calls: PortCall[] = [];
  const around: Around = (call, go) => {
    calls.push(call);
    return go();
  };
  const region = memoryRegion();
  const [here, there] = [await region.open({ around }), await region.open()];
  const ada = await here.oubli.subject("ada", { consent: NOTICE });
  await ada.consent.grant({ purpose: "mood", ...NOTICE });
  const mood = ada.session({ purpose: "mood" });
  await mood.remember("likes tea", { source: TEA });
  assert.equal((await mood.recall("tea")).nodes.length, 1);
  calls.length = 0;
  const elsewhere = (await there.oubli.find("ada"))!;
  return { mood, elsewhere, calls, here: ada, there: there.oubli };
}

const released = async ({ here }: { here: Subject }): Promise<number> =>
  (await here.self().accesses()).filter(({ type }) => type === "retrieve").length;

describe("facts that were read before", () => {
  test("recall and remember do not ask the gate again: their append does", async () => {
    const { mood, calls } = await twoProcesses();
    await mood.recall("tea");
    await mood.remember("and biscuits");
    const asked = calls.filter(({ port }) => port === "audit").map(({ method }) => method);
    assert.deepEqual(asked, ["append", "append"]);
  });

  test("a consent that another process withdraws refuses the next recall, and nothing is logged as read", async () => {
    const world = await twoProcesses();
    const before = await released(world);
    assert.equal(before, 1);
    await world.elsewhere.consent.withdraw({ purpose: "mood", ...NOTICE });
    await assert.rejects(world.mood.recall("tea"), { code: "CONSENT_MISSING" });
    assert.equal(await released(world), before);
  });

  test("a consent that another process withdraws refuses the next remember, and no key is left of it", async () => {
    const { mood, elsewhere, calls, here } = await twoProcesses();
    await elsewhere.consent.withdraw({ purpose: "mood", ...NOTICE });
    await assert.rejects(mood.remember("and biscuits"), { code: "CONSENT_MISSING" });
    const of = (name: string) => calls.filter(({ method }) => method === name).length;
    assert.equal(of("insertNodeKeys"), of("dropNodeKeys"));
    assert.equal((await here.self().list()).nodes.length, 0);
  });

  test("a refusal is given on what is so now: what another process granted is known at once", async () => {
    const { mood, elsewhere } = await twoProcesses();
    await elsewhere.consent.withdraw({ purpose: "mood", ...NOTICE });
    await assert.rejects(mood.recall("tea"), { code: "CONSENT_MISSING" });
    await elsewhere.consent.grant({ purpose: "mood", ...NOTICE });
    await mood.remember("and biscuits");
    assert.equal((await mood.recall("biscuits")).nodes[0]?.content, "and biscuits");
  });

  test("a person erased by another process is said to be erased, to whoever recalls or remembers", async () => {
    for (const call of ["recall", "remember"] as const) {
      const { mood, elsewhere } = await twoProcesses();
      await elsewhere.erase();
      await assert.rejects(mood[call]("tea"), { code: "SUBJECT_ERASED" }, call);
    }
  });

  test("an event that is known already is not answered for on them", async () => {
    const { mood, there } = await twoProcesses();
    const officer = await there.as(OFFICER).find("ada");
    await officer!.restrict({ ground: "accuracy-contested" });
    await assert.rejects(mood.remember("likes tea", { source: TEA }), {
      code: "SUBJECT_RESTRICTED",
    });
  });

  test("what another process remembered is recalled by the next call", async () => {
    const { mood, elsewhere } = await twoProcesses();
    await elsewhere.session({ purpose: "mood" }).remember("and biscuits");
    assert.equal((await mood.recall("biscuits")).nodes[0]?.content, "and biscuits");
  });
});
