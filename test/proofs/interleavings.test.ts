import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { HOUR_MS, isOubliError, type EpochMs } from "#kernel";

import { once, type PortCall } from "./support/intercepted-stores.ts";
import {
  LEASES_OVER_MS,
  memoryRegion,
  newFolder,
  OFFICER,
  openProcess,
  REGION,
  removeFolder,
  SETTLED_MS,
  type Process,
} from "./support/region.ts";

/** What two calls at once, or a crash between two steps, once broke. */

const isAppendOf =
  (type: string) =>
  ({ port, method, args }: PortCall): boolean =>
    port === "audit" &&
    method === "append" &&
    (args[0] as readonly { entries: readonly { type: string }[] }[]).some(({ entries }) =>
      entries.some((entry) => entry.type === type),
    );

const isCall =
  (port: PortCall["port"], method: string) =>
  (call: PortCall): boolean =>
    call.port === port && call.method === method;

async function person({ oubli }: Process, name = "ada") {
  const subject = await oubli.subject(name);
  return { subject, chat: subject.session({ purpose: "support" }) };
}

const user = (content: string) => ({ role: "user" as const, content });

const readable = async ({ oubli }: Process, name = "ada"): Promise<string[]> => {
  const subject = await oubli.find(name);
  const { nodes } = await subject!.session({ purpose: "support" }).recall("", { limit: 100 });
  return nodes.map(({ content }) => content).sort();
};

test("a hold on a derived memory keeps it when its source is forgotten", async () => {
  const process = await memoryRegion().open();
  const { subject, chat } = await person(process);
  const [source] = (await chat.remember("a source")).nodes;
  const [derived] = (await chat.derive([source!], () => "a summary")).nodes;
  const officer = await process.oubli.as(OFFICER).find("ada");
  const hold = await officer!.hold({ case: "c-1", reason: "litigation", nodes: [derived!] });

  await subject.forget(source!);
  assert.deepEqual(await readable(process), ["a summary"]);

  await officer!.release(hold.id);
  assert.deepEqual(await readable(process), [], "what the hold deferred is carried out");
});

test("a memory derived while its source is forgotten falls with it", async () => {
  const region = memoryRegion();
  const reader = await region.open();
  const { subject, chat } = await person(reader);
  const [source] = (await chat.remember("a source")).nodes;
  // After the plan was read, and before the intent.
  const forgetting = await region.open({
    around: once("after", isCall("memory", "madeFrom"), async () => {
      await chat.derive([source!], () => "a late summary");
    }),
  });
  const late = await forgetting.oubli.find("ada");
  await late!.forget(source!);
  assert.deepEqual(await readable(reader), []);
  assert.equal((await subject.list({ purpose: "support" })).nodes.length, 0);
});

test("whatever is held outlives a restart after the erasure of its person", async () => {
  const region = memoryRegion();
  const { oubli, stores } = await region.open();
  const ada = await oubli.subject("ada");
  const many = Array.from({ length: 700 }, (_, at) => user(`memory ${at}`));
  // More ids than one entry takes, so that the intent is split over two.
  const chat = ada.session({ purpose: "support" });
  await chat.remember(many);
  await chat.remember(many);
  await (await oubli.as(OFFICER).find("ada"))!.hold({ case: "c-1", reason: "litigation" });
  await ada.erase();

  await region.open();
  assert.equal((await stores.memory.count(ada.id)).memory, 1400);
  assert.equal((await stores.keys.liveRefs(ada.id)).length, 1400);
});

test("what is derived from a memory while it is corrected falls with the old text", async () => {
  const region = memoryRegion();
  const reader = await region.open();
  const { chat } = await person(reader);
  const [node] = (await chat.remember("the old text")).nodes;
  const correcting = await region.open({
    around: once("after", isCall("memory", "madeFrom"), async () => {
      await chat.derive([node!], ([source]) => `made from ${source!.content}`);
    }),
  });
  const ada = await correcting.oubli.find("ada");
  await ada!.correct(node!, "the new text", { purpose: "support" });
  assert.deepEqual(await readable(reader), ["the new text"]);
});

test("a context block never keeps the old text of a memory corrected while it is made", async () => {
  const region = memoryRegion();
  const writer = await region.open();
  const { subject, chat } = await person(writer);
  const [node] = (await chat.remember("the old text")).nodes;
  const keeping = await region.open({
    around: once("after", isAppendOf("retrieve"), () =>
      subject.correct(node!, "the new text", { purpose: "support" }),
    ),
  });
  const block = async () =>
    (await keeping.oubli.find("ada"))!.session({ purpose: "support" }).block("profile", "");
  await block();
  const { context } = await block();
  assert.match(context, /the new text/);
  assert.doesNotMatch(context, /the old text/);
});

test("a correction that a crash ended before its intent does not keep others out", async () => {
  const region = memoryRegion();
  const process = await region.open();
  const { subject, chat } = await person(process);
  const [node] = (await chat.remember("the old text")).nodes;
  const dying = await region.open({
    around: once("before", isAppendOf("correct.intent"), () =>
      Promise.reject(new Error("the process ends here")),
    ),
  });
  const lost = (await dying.oubli.find("ada"))!.correct(node!, "never", { purpose: "support" });
  await assert.rejects(lost);

  const { revision } = await subject.correct(node!, "the new text", { purpose: "support" });
  assert.deepEqual(await readable(process), ["the new text"]);
  assert.equal(revision, 3, "the revision whose key was lost is passed over");
});

test("a correction that another one overtook starts again from the newer text", async () => {
  const region = memoryRegion();
  const first = await region.open();
  const { subject, chat } = await person(first);
  const [node] = (await chat.remember("the first text")).nodes;
  const second = await region.open({
    around: once("after", isCall("memory", "rows"), () =>
      subject.correct(node!, "the second text", { purpose: "support" }),
    ),
  });
  const ada = await second.oubli.find("ada");
  const { revision } = await ada!.correct(node!, "the third text", { purpose: "support" });
  assert.equal(revision, 3);
  assert.deepEqual(await readable(first), ["the third text"]);
});

for (const [when, side] of [
  ["before its row is swapped", "before"],
  ["after its row was swapped", "after"],
] as const) {
  test(`nothing is lost when a correction is taken over while it stands still ${when}`, async () => {
    const region = memoryRegion();
    const other = await region.open();
    const { chat } = await person(other);
    const [node] = (await chat.remember("the old text")).nodes;
    const slow = await region.open({
      around: once(side, isCall("memory", "swap"), async () => {
        region.clock.advance(LEASES_OVER_MS);
        await other.oubli.sweep();
      }),
    });
    const ada = await slow.oubli.find("ada");
    const outcome = await ada!.correct(node!, "the new text", { purpose: "support" }).then(
      () => "corrected",
      (error: unknown) => (isOubliError(error, "CONFLICT") ? "refused" : error),
    );
    const expected =
      side === "before" ? ["refused", "the old text"] : ["corrected", "the new text"];
    assert.deepEqual([outcome, ...(await readable(other))], expected);

    region.clock.advance(SETTLED_MS);
    await other.oubli.sweep();
    assert.deepEqual(await readable(other), expected.slice(1));
    assert.equal((await other.stores.keys.liveRefs(ada!.id)).length, 1, "no key is left over");
  });
}

test("a memory that is forgotten while it is corrected, with others, is forgotten", async () => {
  const region = memoryRegion();
  const other = await region.open();
  const { subject, chat } = await person(other);
  const [one, two] = (await chat.remember([user("one"), user("two")])).nodes;
  const correcting = await region.open({
    around: once("before", isCall("memory", "swap"), () => subject.forget([one!, two!])),
  });
  const ada = await correcting.oubli.find("ada");
  const lost = ada!.correct(one!, "one, corrected", { purpose: "support" });
  await assert.rejects(lost, { code: "CONFLICT" });
  assert.deepEqual(await readable(other), []);
});

test("a memory that was forgotten before a correction had its key is not there", async () => {
  for (const [side, method] of [
    ["before", "insertNodeKeys"],
    ["after", "nodeKeys"],
  ] as const) {
    const region = memoryRegion();
    const other = await region.open();
    const { subject, chat } = await person(other);
    const [node] = (await chat.remember("the old text")).nodes;
    const correcting = await region.open({
      around: once(side, isCall("keys", method), () => subject.forget(node!)),
    });
    const ada = await correcting.oubli.find("ada");
    const lost = ada!.correct(node!, "the new text", { purpose: "support" });
    await assert.rejects(lost, { code: "NOT_FOUND" }, `${side} ${method}`);
  }
});

test("a package that is taken back between its last byte and its link is gone", async () => {
  const packages = newFolder();
  try {
    const region = memoryRegion();
    const other = await region.open({ packages });
    const { subject } = await person(other);
    const making = await region.open({
      packages,
      around: once("before", isCall("cases", "advance"), () => subject.self().revokePackages()),
    });
    const ada = await making.oubli.find("ada");
    await assert.rejects(ada!.self().keepPackage(), { code: "PACKAGE_GONE" });
    assert.deepEqual(readdirSync(join(packages, REGION)), []);
  } finally {
    removeFolder(packages);
  }
});

test("an interrupted correction of an erased person is undone, and keeps nobody from opening", async () => {
  const region = memoryRegion();
  const other = await region.open();
  const { subject, chat } = await person(other);
  const [node] = (await chat.remember("the old text")).nodes;
  const dying = await region.open({
    around: once("before", isCall("memory", "swap"), () =>
      Promise.reject(new Error("the process ends here")),
    ),
  });
  const lost = (await dying.oubli.find("ada"))!.correct(node!, "never", { purpose: "support" });
  await assert.rejects(lost);
  region.clock.advance(LEASES_OVER_MS);
  await region.open({
    around: once("before", isCall("keys", "insertNodeKeys"), () => subject.erase()),
  });
  assert.equal(await other.stores.audit.oldestPending(), null);
});

test("what a correction takes in late is unreadable from the entry that names it", async () => {
  const region = memoryRegion();
  const reader = await region.open();
  const { chat } = await person(reader);
  const [node] = (await chat.remember("the old text")).nodes;
  const derive = once("after", isCall("memory", "madeFrom"), () =>
    chat.derive([node!], () => "made of the old text"),
  );
  const seen: string[] = [];
  const recall = once("after", isAppendOf("erase.intent"), async () => {
    seen.push(...(await readable(reader)));
  });
  const correcting = await region.open({
    around: (call, go) => derive(call, () => recall(call, go)),
  });
  const ada = await correcting.oubli.find("ada");
  await ada!.correct(node!, "the new text", { purpose: "support" });
  assert.deepEqual(seen, [], "nothing of it is readable while the correction goes on");
  const faults = (await reader.oubli.audit.check()).flatMap(({ faults }) => faults);
  assert.deepEqual(faults, []);
});

test("a correction is finished, however often others move the gate meanwhile", async () => {
  const region = memoryRegion();
  const other = await region.open();
  const { subject, chat } = await person(other);
  const [node] = (await chat.remember("the old text")).nodes;
  const derive = once("after", isCall("memory", "madeFrom"), () =>
    chat.derive([node!], () => "made of the old text"),
  );
  let moves = 0;
  const isExtension = isAppendOf("erase.intent");
  const correcting = await region.open({
    around: (call, go) =>
      derive(call, async () => {
        if (isExtension(call) && (moves += 1) <= 10) {
          const consent = { purpose: "mood", policyVersion: "v1", mechanism: "form" };
          await subject.consent.grant(consent);
        }
        return go();
      }),
  });
  const ada = await correcting.oubli.find("ada");
  await ada!.correct(node!, "the new text", { purpose: "support" });
  assert.deepEqual(await readable(other), ["the new text"]);
});

test("a memory that becomes visible behind an erasure's plan, and is held, stays held", async () => {
  const region = memoryRegion();
  const beside = await region.open();
  const { subject, chat } = await person(beside);
  await chat.remember("first");
  const officer = await beside.oubli.as(OFFICER).find("ada");
  await officer!.hold({ case: "c-1", reason: "litigation" });
  // Written down before the intent, and visible only after the plan was read.
  const process = await region.open({
    around: once("before", isAppendOf("erase.intent"), () => chat.remember("late")),
  });

  const certificate = await (await process.oubli.find("ada"))!.erase();

  assert.deepEqual(certificate.entry["scope"], { held: 2, nodes: 0, subject: true });
  const exported = await beside.oubli.as(OFFICER).subjectById(subject.id);
  assert.equal((await exported.plan()).held, 2);
});

test("a sweep by a clock that is hours ahead takes no key of a write under way", async () => {
  const region = memoryRegion();
  const beside = await region.open();
  const ahead = { now: () => (region.clock.now() + 12 * HOUR_MS) as EpochMs };
  const early = await openProcess(beside.stores, ahead);
  const process = await region.open({
    around: once("before", isCall("memory", "insert"), () => early.oubli.sweep()),
  });
  const { chat } = await person(process);
  await chat.remember("prefers tea");
  assert.deepEqual(await readable(beside), ["prefers tea"]);
});
