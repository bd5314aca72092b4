import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import type { Stores } from "#engine";
import { isOubliError, OubliError } from "#kernel";

import { SCC, told } from "../spec/transfers.ts";
import { entriesOf } from "./support/check-log.ts";
import { interceptStores, type Around } from "./support/intercepted-stores.ts";
import { LEASES_OVER_MS, movableClock, removeFolder } from "./support/region.ts";
import { openBoth, sceneIn, type RegionName } from "./support/two-regions.ts";

/** What comes between the steps of a transfer. */

async function world(t: TestContext) {
  const clock = movableClock();
  const scene = await sceneIn(clock);
  t.after(() => removeFolder(scene.folder));
  const arounds = new Map<RegionName, Around>();
  const wrap = (name: RegionName, stores: Stores): Stores =>
    interceptStores(stores, (call, go) => (arounds.get(name) ?? ((_, run) => run()))(call, go));
  const both = await openBoth(scene.folder, clock, wrap);
  t.after(() => both[Symbol.asyncDispose]());
  const ada = (await both.oubli.find("ada"))!;
  return { ...both, clock, scene, arounds, ada };
}

const away: Around = async ({ port, method }, go) => {
  if (port === "memory" && method === "insert") throw new OubliError("STORE_UNAVAILABLE");
  return go();
};

const MORE = { category: "preference" } as const;

test("from the intent on, reads and writes of them are answered with CONFLICT, in both regions", async (t) => {
  const { oubli, arounds, ada } = await world(t);
  arounds.set("us", away);
  await assert.rejects(ada.transfer(SCC), { code: "STORE_UNAVAILABLE" });
  const there = (await oubli.find("ada"))!;
  assert.equal(there.region, "us");
  for (const person of [ada, there]) {
    const chat = person.session({ purpose: "support" });
    for (const call of [
      () => chat.recall("tram"),
      () => chat.remember("More.", MORE),
      () => person.export(),
      () => person.erase(),
      () => person.consent.active(),
      () => person.hold({ case: "C-1", reason: "litigation" }),
    ]) {
      await assert.rejects(call(), { code: "CONFLICT", retryable: true });
    }
  }
});

test("an outage in the middle is gone on with: by the same call, or by itself", async (t) => {
  const { oubli, arounds, ada, clock, scene } = await world(t);
  arounds.set("us", away);
  await assert.rejects(ada.transfer(SCC), { code: "STORE_UNAVAILABLE" });
  arounds.delete("us");
  clock.advance(LEASES_OVER_MS);
  await oubli.region("eu").sweep();
  const moved = (await oubli.find("ada"))!;
  assert.equal(moved.region, "us");
  assert.deepEqual(await told(moved), scene.told);
  assert.equal(await oubli.find("ada", { region: "eu" }), null);
});

test("until they have arrived a transfer can be cancelled: they stay, and the copy is erased", async (t) => {
  const { oubli, arounds, ada, scene, stores } = await world(t);
  arounds.set("us", async ({ port, method, args }, go) => {
    if (port === "audit" && method === "append" && JSON.stringify(args).includes("consent")) {
      throw new OubliError("STORE_UNAVAILABLE");
    }
    return go();
  });
  await assert.rejects(ada.transfer(SCC), (error) => isOubliError(error));
  const arriving = (await oubli.find("ada", { region: "us" }))!;
  arounds.delete("us");
  assert.ok((await stores.us.memory.count(arriving.id)).memory > 0, "something was copied");
  await ada.cancelTransfer();
  assert.deepEqual(await told(ada), scene.told);
  assert.equal((await oubli.find("ada"))?.id, ada.id);
  assert.equal(await oubli.find("ada", { region: "us" }), null);
  assert.equal((await stores.us.memory.count(arriving.id)).memory, 0);
  await assert.rejects(ada.cancelTransfer(), { code: "NOT_FOUND" });
  assert.equal((await ada.transfer(SCC)).subject.region, "us", "and it can be begun again");
});

test("an authorisation that runs out on the way undoes the transfer", async (t) => {
  const { oubli, arounds, ada, scene, clock } = await world(t);
  const expires = clock.now() + 1000;
  arounds.set("us", away);
  const brief = { ...SCC, authorisation: { ...SCC.authorisation, expires } };
  await assert.rejects(ada.transfer(brief), { code: "STORE_UNAVAILABLE" });
  arounds.delete("us");
  clock.advance(LEASES_OVER_MS);
  await oubli.region("eu").sweep();
  assert.equal((await oubli.find("ada"))?.id, ada.id);
  assert.deepEqual(await told(ada), scene.told);
});

/** A write that begins before the transfer, and becomes visible once `us` was asked `until`. */
async function lateWrite(
  { arounds, ada }: Awaited<ReturnType<typeof world>>,
  until: { readonly port: string; readonly method: string },
  told: { readonly purpose: string; readonly category: string },
) {
  const due = Promise.withResolvers<void>();
  const visible = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  arounds.set("eu", async ({ port, method }, go) => {
    if (port !== "memory" || method !== "insert") return go();
    begun.resolve();
    await due.promise;
    const result = await go();
    visible.resolve();
    return result;
  });
  arounds.set("us", async ({ port, method }, go) => {
    if (port === until.port && method === until.method) {
      due.resolve();
      await visible.promise;
    }
    return go();
  });
  const { purpose, category } = told;
  const writing = ada.session({ purpose }).remember("Late.", { category } as typeof MORE);
  await begun.promise;
  return { writing };
}

/** All is copied and checked by now: it is looked for one last time behind the fence alone. */
const CHECKED = { port: "memory", method: "count" };

test("a write that was under way when it began arrives too", async (t) => {
  const there = await world(t);
  const { writing } = await lateWrite(there, CHECKED, { purpose: "support", ...MORE });
  const { subject: moved } = await there.ada.transfer(SCC);
  const { nodes } = await writing;
  assert.equal((await moved.self().get(nodes[0]!)).content, "Late.");
});

test("a late write that may not leave is erased with the rest, and counted", async (t) => {
  const there = await world(t);
  const { ada, stores } = there;
  const { writing } = await lateWrite(there, CHECKED, { purpose: "care", category: "health" });
  const before = (await ada.export()).nodes.length;
  const { subject: moved } = await ada.transfer(SCC);
  const { nodes } = await writing;
  await assert.rejects(moved.self().get(nodes[0]!), { code: "NOT_FOUND" });
  assert.equal((await moved.export()).nodes.length, before);
  assert.equal((await stores.eu.memory.count(ada.id)).memory, 0);
  const entries = await entriesOf(stores.eu, "ledger");
  const left = entries.filter(({ entry }) => entry.t === "transfer.out");
  assert.deepEqual(
    left.map(({ entry }) => [entry["late"], entry["left"]]),
    [[0, 1]],
  );
});

test("what may not leave is not put there even where the transfer is then undone", async (t) => {
  const there = await world(t);
  const { oubli, ada, arounds } = there;
  const EXPECTED = { port: "audit", method: "append" };
  const { writing } = await lateWrite(there, EXPECTED, { purpose: "care", category: "health" });
  const put: string[] = [];
  const around = arounds.get("us")!;
  arounds.set("us", (call, go) => {
    if (call.port === "memory" && call.method === "insert") put.push(JSON.stringify(call.args));
    return around(call, go);
  });
  await assert.rejects(ada.transfer(SCC), { code: "TRANSFER_REFUSED" });
  const { nodes } = await writing;
  assert.ok(put.length > 0, "the rest was copied");
  assert.ok(!put.some((rows) => rows.includes(nodes[0]!)));
  assert.equal((await oubli.find("ada"))?.id, ada.id);
});

test("a write that comes behind the fence is not acknowledged", async (t) => {
  const { arounds, ada, stores } = await world(t);
  const gone = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  arounds.set("eu", async ({ port, method }, go) => {
    if (port === "memory" && method === "insert") {
      begun.resolve();
      await gone.promise;
    }
    return go();
  });
  const writing = ada.session({ purpose: "support" }).remember("Too late.", MORE);
  writing.catch(() => {});
  await begun.promise;
  await ada.transfer(SCC);
  gone.resolve();
  await assert.rejects(writing, { code: "SUBJECT_ERASED" });
  assert.equal((await stores.eu.memory.count(ada.id)).memory, 0);
});

test("what is forgotten where they arrived does not come back with the last look", async (t) => {
  const { oubli, arounds, ada, clock } = await world(t);
  arounds.set("eu", async ({ port, method }, go) => {
    if (port === "memory" && method === "fenceSubject") throw new OubliError("STORE_UNAVAILABLE");
    return go();
  });
  await assert.rejects(ada.transfer(SCC), { code: "STORE_UNAVAILABLE" });
  const moved = (await oubli.find("ada"))!;
  const { nodes } = await moved.session({ purpose: "support" }).recall("bridge old");
  await moved.forget(nodes[0]!.id);
  arounds.delete("eu");
  clock.advance(LEASES_OVER_MS);
  await oubli.region("eu").sweep();
  await assert.rejects(moved.self().get(nodes[0]!.id), { code: "NOT_FOUND" });
  assert.equal(await oubli.find("ada", { region: "eu" }), null);
});

test("memories of one event go together, however many a call told", async (t) => {
  const { ada } = await world(t);
  const messages = Array.from({ length: 450 }, (_, at) => {
    return { role: "user", content: `Word ${at}.`, ...MORE } as const;
  });
  const chat = ada.session({ purpose: "support" });
  const source = { system: "chat", event: "e-450" };
  const { nodes } = await chat.remember(messages, { source });
  const { subject: moved } = await ada.transfer(SCC);
  const { nodes: there } = await moved.export();
  assert.equal(there.filter(({ id }) => nodes.includes(id)).length, 450);
});
