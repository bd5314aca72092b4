import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Stores, Subject } from "#engine";

import { openTestOubli } from "../../src/testing.ts";
import { ON_CLUSTER } from "../support/cluster.ts";
import { MODEL } from "../spec/processors.ts";
import { letters } from "../spec/world.ts";
import { ENGINES, newGround, openGround, type Engine } from "./support/ground.ts";
import { once, type Around, type PortCall } from "./support/intercepted-stores.ts";
import { closeStores, movableClock, OFFICER, openProcess } from "./support/region.ts";

/**
 * Recall and remember go by what their process read last, and have the append ask whether it still
 * is so: what another process does in between must never go unnoticed.
 */

const NOTICE = { policyVersion: "v1", mechanism: "signup" } as const;
const TEA = { system: "crm", event: "e-1" } as const;
const BISCUITS = "and biscuits";

/** A process that knows two people, and another one that is about to change that. */
async function twoProcesses(engine: Engine) {
  const stack = new AsyncDisposableStack();
  const ground = stack.use(await newGround(engine));
  const clock = movableClock();
  const opened = async (): Promise<Stores> => {
    const stores = await openGround(ground, clock);
    stack.defer(() => closeStores(stores));
    return stores;
  };
  const calls: PortCall[] = [];
  let around: Around = (_, go) => go();
  const stores = await opened();
  const here = await openProcess(stores, clock, {
    around: (call, go) => {
      calls.push(call);
      return around(call, go);
    },
  });
  const there = await openProcess(await opened(), clock);
  const person = async (name: string) => {
    const subject = await here.oubli.subject(name, { consent: NOTICE });
    await subject.consent.grant({ purpose: "mood", ...NOTICE });
    const mood = subject.session({ purpose: "mood" });
    await mood.remember(`${name} likes tea`, { source: { ...TEA, event: name } });
    assert.equal((await mood.recall("tea")).nodes.length, 1);
    const elsewhere = (await there.oubli.find(name))!;
    return { subject, mood, elsewhere, also: elsewhere.session({ purpose: "mood" }) };
  };
  const [ada, bob] = [await person("ada"), await person("bob")];
  calls.length = 0;
  return {
    ada,
    bob,
    there: there.oubli,
    /** How many keys stand, of one person's memories. */
    keysOf: async ({ id }: Subject) => (await stores.keys.liveRefs(id)).length,
    /** What was asked of the stores, by name. */
    asked: () => calls.map(({ port, method }) => `${port}.${method}`),
    /** Runs something once, beside the next call that passes. */
    beside(...how: Parameters<typeof once>) {
      around = once(...how);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const retrievals = async (subject: Subject): Promise<number> =>
  (await subject.self().accesses()).filter(({ type }) => type === "retrieve").length;

const contents = ({ nodes }: { nodes: readonly { content: string }[] }) =>
  nodes.map(({ content }) => content).sort();

for (const engine of ENGINES) {
  describe(`what was read before (${engine})`, () => {
    test("recall and remember do not ask the gate: their append does", async () => {
      await using world = await twoProcesses(engine);
      await world.ada.mood.recall("tea");
      await world.ada.mood.remember(BISCUITS);
      const audit = world.asked().filter((call) => call.startsWith("audit."));
      assert.deepEqual(audit, ["audit.append", "audit.append"]);
    });

    test("a consent withdrawn elsewhere refuses the next recall, and nothing is logged as read", async () => {
      await using world = await twoProcesses(engine);
      const { ada } = world;
      assert.equal(await retrievals(ada.subject), 1);
      await ada.elsewhere.consent.withdraw({ purpose: "mood", ...NOTICE });
      await assert.rejects(ada.mood.recall("tea"), { code: "CONSENT_MISSING" });
      assert.equal(await retrievals(ada.subject), 1);
    });

    test("a consent withdrawn elsewhere refuses the next remember, and no key is left of it", async () => {
      await using world = await twoProcesses(engine);
      const { ada } = world;
      await ada.elsewhere.consent.withdraw({ purpose: "mood", ...NOTICE });
      const keys = await world.keysOf(ada.subject);
      await assert.rejects(ada.mood.remember(BISCUITS), { code: "CONSENT_MISSING" });
      assert.equal(await world.keysOf(ada.subject), keys);
      assert.ok(!world.asked().includes("memory.insert"));
    });

    test("a refusal is given on what is so now: what is granted elsewhere is known at once", async () => {
      await using world = await twoProcesses(engine);
      const { ada } = world;
      await ada.elsewhere.consent.withdraw({ purpose: "mood", ...NOTICE });
      await assert.rejects(ada.mood.recall("tea"), { code: "CONSENT_MISSING" });
      await ada.elsewhere.consent.grant({ purpose: "mood", ...NOTICE });
      await ada.mood.remember(BISCUITS);
      assert.equal((await ada.mood.recall("biscuits")).nodes[0]?.content, BISCUITS);
    });

    test("a person erased elsewhere is said to be erased, to whoever recalls or remembers", async () => {
      await using world = await twoProcesses(engine);
      await world.ada.elsewhere.erase();
      await world.bob.elsewhere.erase();
      await assert.rejects(world.ada.mood.recall("tea"), { code: "SUBJECT_ERASED" });
      await assert.rejects(world.bob.mood.remember("tea"), { code: "SUBJECT_ERASED" });
    });

    test("an event that is known already is not answered for on it", async () => {
      await using world = await twoProcesses(engine);
      const officer = await world.there.as(OFFICER).find("ada");
      await officer!.restrict({ ground: "accuracy-contested" });
      const again = world.ada.mood.remember("ada likes tea", { source: { ...TEA, event: "ada" } });
      await assert.rejects(again, { code: "SUBJECT_RESTRICTED" });
    });

    test("what was remembered elsewhere is in the next recall, which is logged once", async () => {
      await using world = await twoProcesses(engine);
      const { ada } = world;
      await ada.also.remember(BISCUITS);
      assert.deepEqual(contents(await ada.mood.recall("")), ["ada likes tea", BISCUITS]);
      assert.equal(await retrievals(ada.subject), 2);
    });

    test("of two recalls in one commit, the one that knows all is not kept up by the other", async () => {
      await using world = await twoProcesses(engine);
      const { ada, bob } = world;
      await ada.also.remember(BISCUITS);
      const both = await Promise.all([ada.mood.recall(""), bob.mood.recall("")]);
      assert.deepEqual(both.map(contents), [["ada likes tea", BISCUITS], ["bob likes tea"]]);
      assert.equal(await retrievals(bob.subject), 2);
    });

    test("what this process remembers while a recall is under way is in the recall after it", async () => {
      await using world = await twoProcesses(engine);
      const { ada } = world;
      let told: Promise<unknown> = Promise.resolve();
      world.beside(
        "before",
        ({ method }) => method === "append",
        async () => {
          told = ada.mood.remember(BISCUITS);
        },
      );
      await ada.mood.recall("");
      await told;
      assert.deepEqual(contents(await ada.mood.recall("")), ["ada likes tea", BISCUITS]);
    });
  });
}

test("what an embedder elsewhere may be given is asked of facts that were just read", async () => {
  const config = {
    processors: { model: { ...MODEL, role: "third-party" } },
    purposes: {
      support: { basis: "contract", categories: ["preference"], retention: "P2Y" },
      third_party_sharing: { basis: "consent", categories: ["preference"], retention: "P2Y" },
    },
  } as const;
  const embedder = { ...letters, processor: "model" };
  await using oubli = await openTestOubli(config, { embedder });
  const ada = await oubli.subject("ada");
  const chat = ada.session({ purpose: "support" });
  await assert.rejects(chat.remember("likes tea"), { code: "CONSENT_MISSING" });
  await ada.consent.grant({ purpose: "third_party_sharing", ...NOTICE, explicit: true });
  await chat.remember("likes tea");
  assert.equal((await chat.recall("tea")).nodes.length, 1);
});

describe("where memory stands beside the log", () => {
  test(
    "a recall asks nothing of the memory store: its append compares the change number",
    { skip: ON_CLUSTER },
    async () => {
      await using world = await twoProcesses("postgres");
      await world.ada.mood.recall("tea");
      assert.deepEqual(world.asked(), ["audit.append"]);
    },
  );

  test("a recall behind other writers of the log compares it under their locks", async () => {
    await using world = await twoProcesses("postgres");
    const { ada, bob } = world;
    for (let at = 0; at < 4; at += 1) {
      // Each meets the head that the other process moved.
      await bob.also.recall("tea");
      await ada.also.remember(`${BISCUITS} ${at}`);
      assert.equal((await ada.mood.recall("")).nodes.length, at + 2);
    }
    assert.equal(await retrievals(ada.subject), 5);
  });
});
