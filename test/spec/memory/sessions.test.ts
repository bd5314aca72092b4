import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { entriesOf, held, openOnDisk, openPeople, TEA } from "../world.ts";

const LIKES = { category: "preference" } as const;
const event = (id: string) => ({ ...LIKES, source: { system: "crm", event: id } });

describe("sessions", () => {
  test("a session has a random id, and two are never the same", async () => {
    await using world = await openPeople();
    const first = await world.ada.session({ purpose: "support" }).id();
    const second = await world.ada.session({ purpose: "support" }).id();

    assert.match(first, /^ses_[\w-]{22}$/);
    assert.notEqual(first, second);
  });

  test("a thread that the application names is resumed, by its person alone", async () => {
    await using world = await openPeople();
    const of = (person: typeof world.ada) =>
      person.session({ purpose: "support", thread: "thread-7" }).id();

    assert.equal(await of(world.ada), await of(world.ada));
    assert.notEqual(await of(world.ada), await of(world.bob));
  });

  test("what is told in a session keeps its order, also after it was resumed", async () => {
    await using world = await openOnDisk();
    const ada = await world.oubli.subject("ada");
    const thread = { purpose: "support", thread: "thread-7" };
    const order: unknown[] = [];
    for (let call = 0; call < 3; call += 1) {
      const { nodes } = await ada.session(thread).remember("said", LIKES);
      order.push(...nodes);
    }
    const rows = world.rows("memory", "SELECT node_id, position FROM node ORDER BY position");
    assert.deepEqual(
      rows.map((row) => row["node_id"]),
      order,
    );
    assert.deepEqual(
      rows.map(({ position }) => position),
      [0, 1, 2],
    );
  });

  test("an erased person's thread begins anew", async () => {
    await using world = await openPeople();
    const thread = { purpose: "support", thread: "thread-7" };
    const before = await world.ada.session(thread).id();
    await world.ada.erase();

    const again = await world.oubli.subject("ada");
    assert.notEqual(await again.session(thread).id(), before);
    await assert.rejects(world.ada.session(thread).id(), { code: "SUBJECT_ERASED" });
  });

  test("messages are remembered all or none", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });

    await assert.rejects(
      chat.remember([
        { role: "user", content: TEA, ...LIKES },
        { role: "user", content: "has asthma", category: "health" },
      ]),
      { code: "POLICY_REFUSED" },
    );
    assert.deepEqual(await held(world.ada.self()), []);
  });

  test("who spoke, in which role and when, is kept and shown", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const at = new Date("2025-07-01T12:00:00Z");
    const [node] = (
      await chat.remember([{ role: "assistant", content: TEA, speaker: "Bot", at, ...LIKES }])
    ).nodes;

    const { role, speaker, saidAt } = await world.ada.get(node!, { purpose: "support" });
    assert.deepEqual([role, speaker, saidAt], ["assistant", "Bot", Number(at)]);
  });
});

describe("a write that is repeated is not made twice", () => {
  test("within a day, the same idempotency key answers with the nodes of the first call", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const first = await chat.remember(TEA, { ...LIKES, idempotencyKey: "retry-1" });
    const second = await chat.remember(TEA, { ...LIKES, idempotencyKey: "retry-1" });

    assert.deepEqual(second.nodes, first.nodes);
    assert.equal(second.auditIndex, null);
    assert.equal((await world.ada.self().export()).nodes.length, 1);
  });

  test("after a day it is another call; and it is never another person's", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const key = { ...LIKES, idempotencyKey: "retry-1" };
    await chat.remember(TEA, key);
    await world.bob.session({ purpose: "support" }).remember(TEA, key);
    world.clock.advance({ days: 1, ms: 1 });
    await chat.remember(TEA, key);

    assert.equal((await world.ada.self().export()).nodes.length, 2);
    assert.equal((await world.bob.self().export()).nodes.length, 1);
  });

  test("a source event that is stored already answers with its memory", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const first = await chat.remember(TEA, event("7"));
    const second = await chat.remember("told differently", event("7"));

    assert.deepEqual(second.nodes, first.nodes);
    assert.deepEqual(await held(world.ada.self()), [TEA]);
  });

  test("the same event of another person, or of another system, is another event", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    await chat.remember(TEA, event("7"));
    await chat.remember(TEA, { ...LIKES, source: { system: "phone", event: "7" } });
    await world.bob.session({ purpose: "support" }).remember(TEA, event("7"));

    assert.equal((await world.ada.self().export()).nodes.length, 2);
    assert.equal((await world.bob.self().export()).nodes.length, 1);
  });

  test("the event of a forgotten memory is refused as a replay; the same words told anew are not", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, event("7"))).nodes;
    await world.ada.forget(tea!);

    await assert.rejects(chat.remember(TEA, event("7")), { code: "REPLAY_OF_ERASED" });
    await chat.remember(TEA, event("8"));
    await chat.remember(TEA, LIKES);
    assert.deepEqual(await held(world.ada.self()), [TEA, TEA]);
  });
});

describe("roles: who may do what", () => {
  test("an auditor watches, and uses nothing", async () => {
    await using world = await openPeople();
    const auditor = world.oubli.as({ kind: "staff", id: "audit-1", roles: ["auditor"] });
    const ada = (await auditor.find("ada"))!;

    await assert.rejects(ada.session({ purpose: "support" }).recall("tea"), {
      code: "POLICY_REFUSED",
    });
    await assert.rejects(ada.export(), { code: "POLICY_REFUSED" });
    await assert.rejects(ada.erase(), { code: "POLICY_REFUSED" });
  });

  test("an actor without a role learns nothing, not even which purposes there are", async () => {
    await using world = await openPeople();
    const nobody = world.oubli.as({ kind: "agent", id: "agent-7" });
    const ada = (await nobody.find("ada"))!;

    for (const purpose of ["support", "curiosity"]) {
      await assert.rejects(ada.session({ purpose }).recall("tea"), {
        code: "POLICY_REFUSED",
        message: /reason: role-missing\)$/,
      });
    }
  });

  test("the person reads and corrects by right, and does not lift what protects others", async () => {
    await using world = await openPeople();
    const [tea] = (await world.ada.session({ purpose: "support" }).remember(TEA, LIKES)).nodes;
    const self = world.ada.self();

    assert.equal((await self.get(tea!)).content, TEA);
    assert.equal((await self.list()).nodes.length, 1);
    assert.equal((await self.correct(tea!, "prefers jam")).revision, 2);
    await assert.rejects(self.lift(`res_${"A".repeat(22)}`), { code: "POLICY_REFUSED" });
  });

  test("the actor stands in the log as it was given", async () => {
    await using world = await openPeople();
    const agent = { kind: "agent", id: "agent-7", roles: ["app"] } as const;
    const chat = (await world.oubli.as(agent).find("ada"))!.session({ purpose: "support" });
    const { why } = await chat.recall("tea");

    const entry = (await entriesOf(world.oubli, "access"))[why.auditIndex]!;
    assert.deepEqual(entry["actor"], agent);
  });
});

describe("refusals do not reveal whether something exists", () => {
  test("what is missing, what is another's and what is for another purpose look the same", async () => {
    await using world = await openPeople();
    const [tea] = (await world.ada.session({ purpose: "support" }).remember(TEA, LIKES)).nodes;
    const answers: string[] = [];
    for (const attempt of [
      world.ada.get(`node_${"A".repeat(22)}`, { purpose: "billing" }),
      world.ada.get(tea!, { purpose: "billing" }),
      world.bob.get(tea!, { purpose: "billing" }),
      world.bob.get(tea!, { purpose: "support" }),
    ]) {
      await attempt.catch((error: Error) => answers.push(JSON.stringify(error)));
    }
    assert.equal(answers.length, 4);
    assert.equal(new Set(answers).size, 1);
  });

  test("a recall says the same whether something was withheld or there was nothing", async () => {
    await using world = await openPeople();
    await world.ada.session({ purpose: "billing" }).remember("on a plan", { category: "account" });
    const ask = async (person: typeof world.ada) => {
      const { nodes, context, why } = await person
        .session({ purpose: "support" })
        .recall("plan", { explain: true });
      const { auditIndex: _, ...rest } = why;
      return { nodes, context, rest };
    };
    assert.deepEqual(await ask(world.ada), await ask(world.bob));
  });
});
