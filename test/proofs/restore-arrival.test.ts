import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import {
  openOubli,
  restoreOubli,
  type LostErasure,
  type Oubli,
  type Restored,
  type Subject,
} from "#engine";
import { OubliError, randomIds, systemClock, type Clock, type Ids } from "#kernel";

import { adaIn, BACK, OFFICER, SCC, told, twoRegions } from "../spec/transfers.ts";
import { given } from "../spec/packages.ts";
import { textOf } from "../support/unzip.ts";
import { testDatabase } from "../support/postgres.ts";
import { makeSchemas } from "../support/schemas.ts";
import { ENGINES, type Engine } from "./support/ground.ts";
import { interceptStores } from "./support/intercepted-stores.ts";
import { LEASES_OVER_MS, movableClock } from "./support/region.ts";
import { lifeIn } from "./support/two-grounds.ts";
import { openLife } from "./support/two-regions.ts";

// Goal: who came to a region is not unknown there because the end of its log is lost.
// Method: a backup of the destination, a transfer behind it, and the destination's databases lost,
// all of them or some, with the tail of its log.

const AUDITOR = { kind: "staff", id: "audit", roles: ["auditor"] } as const;

interface Restoring {
  readonly erased?: readonly LostErasure[];
  readonly ids?: Ids;
  /** The exported log; without it, its end is given up. */
  readonly ledger?: string;
  /** Goes on with one that died. */
  readonly keep?: boolean;
}

/** The destination's place; the origin is on files. */
async function placeOn(engine: Engine, ending: AsyncDisposableStack) {
  if (engine === "sqlite") return { stores: {}, admin: undefined };
  const database = ending.use(await testDatabase());
  await makeSchemas(database, "us");
  return { stores: { us: database.url }, admin: database.adminUrl };
}

async function world(t: TestContext, engine: Engine = "sqlite") {
  const ending = new AsyncDisposableStack();
  t.after(() => ending.disposeAsync());
  const { stores, admin } = await placeOn(engine, ending);
  const { config, folder } = twoRegions(
    { after: (run) => ending.defer(run as () => void) },
    stores,
  );
  const open = (clock: Clock = systemClock): Promise<Oubli> =>
    openOubli(config, { sweep: "manual", actor: OFFICER, clock });
  const backups = join(folder, "backups");
  const oubli = ending.use(await open());
  const { ada } = await adaIn(oubli);
  const bob = await oubli.subject("bob", { jurisdiction: "US" });
  await bob.session({ purpose: "support" }).remember("Likes tea.", { category: "preference" });
  await oubli.region("us").backup(backups);
  return {
    oubli,
    folder,
    backups,
    async move(): Promise<Subject> {
      return (await ada.transfer(SCC)).subject;
    },
    async restore(
      what: "all" | "audit" = "all",
      { erased = [], ids, keep = false, ledger }: Restoring = {},
    ): Promise<Restored> {
      await oubli.close();
      const some = what === "all" ? { replace: !keep } : { only: [what] };
      const tail = ledger ? { ledger } : { fork: { reason: "disk-lost", erased } };
      return restoreOubli(config, { from: backups, region: "us", admin, ids, ...tail, ...some });
    },
    async after(clock?: Clock): Promise<Oubli> {
      return ending.use(await open(clock));
    },
  };
}

/** What the ledger of the destination says of somebody, in its order. */
async function toldOf(oubli: Oubli, subject: string): Promise<readonly string[]> {
  const { audit } = oubli.region("us").as(AUDITOR);
  const types: string[] = [];
  for (let index = 0; ; index += 1) {
    const bytes = await audit.entry("ledger", index);
    if (bytes === null) return types;
    const entry = JSON.parse(Buffer.from(bytes).toString()) as { t: string; subject: string };
    if (entry.subject === subject) types.push(entry.t);
  }
}

async function faultsOf(oubli: Oubli): Promise<number> {
  const logs = await oubli.region("us").audit.check();
  return logs.reduce((sum, { faults }) => sum + faults.length, 0);
}

const recallOf = (person: Subject) => person.session({ purpose: "support" }).recall("tram");

for (const engine of ENGINES) {
  test(`${engine}: where keys and memories stand, who came in the lost tail is known again, with all they had`, async (t) => {
    const it = await world(t, engine);
    const moved = await it.move();
    const before = await told(moved);

    const { arrivals } = await it.restore("audit");

    assert.deepEqual(arrivals, { again: 1, lost: [] });
    const after = await it.after();
    const ada = (await after.find("ada"))!;
    assert.equal(ada.id, moved.id);
    assert.deepEqual(await told(ada), before);
    assert.equal((await ada.self().export()).arrival?.from, "eu");
    assert.equal(await faultsOf(after), 0);
    assert.deepEqual((await after.region("us").breach.list()).incidents, []);
  });

  test(`${engine}: where nothing of them is left, it is said: in the report, the ledger, and to whoever asks`, async (t) => {
    const it = await world(t, engine);
    const { id } = await it.move();

    const { arrivals } = await it.restore();

    assert.deepEqual(arrivals, {
      again: 0,
      lost: [{ subject: id, tenant: "default", from: "eu" }],
    });
    const after = await it.after();
    assert.deepEqual(await toldOf(after, id), ["transfer.lost", "restrict"]);
    await assert.rejects(after.subjectById(id), { code: "ARRIVAL_LOST" });
    await assert.rejects(after.tenant("other").subjectById(id), { code: "NOT_FOUND" });
    assert.equal((await (await after.find("bob"))!.self().export()).nodes.length, 1);
    assert.equal(await faultsOf(after), 0);
    // That they are lost is a breach of availability, for the officer of their controller to judge.
    const { incidents } = await after.region("us").breach.list();
    assert.deepEqual(
      incidents.map(({ state, kinds, affected }) => ({ state, kinds, affected })),
      [{ state: "suspected", kinds: ["availability"], affected: 1 }],
    );
  });
}

test("where a newer copy of the keys knows their name, they are not taken for somebody empty", async (t) => {
  const it = await world(t);
  const { id } = await it.move();
  await it.oubli.region("us").backup(it.backups, { keysOnly: true });

  const { arrivals } = await it.restore();

  assert.equal(arrivals.lost.length, 1);
  const after = await it.after();
  const ada = (await after.find("ada"))!;
  assert.equal(ada.id, id);
  await assert.rejects(recallOf(ada), { code: "ARRIVAL_LOST" });
  const add = ada.session({ purpose: "support" }).remember("New.", { category: "preference" });
  await assert.rejects(add, { code: "ARRIVAL_LOST" });
  const { arrival, nodes } = await ada.self().export();
  assert.deepEqual([arrival?.lost, nodes], [true, []]);
  const { files } = await given(ada.self());
  assert.match(textOf(files, "index.html"), /region <strong>eu<\/strong>[^]*it was found lost on/);

  await ada.erase();
  const anew = await after.subject("ada", { jurisdiction: "US" });
  assert.notEqual(anew.id, id);
  assert.deepEqual((await recallOf(anew)).nodes, []);
});

test("where the log is whole, and the memories are of before they came, it is said as well; not of who came with nothing or was erased", async (t) => {
  const it = await world(t);
  const { id } = await it.move();
  const ben = await it.oubli.subject("ben", { jurisdiction: "DE" });
  await ben.transfer(SCC);
  const cleo = await it.oubli.subject("cleo", { jurisdiction: "DE" });
  await cleo.session({ purpose: "support" }).remember("Boats.", { category: "preference" });
  await (await cleo.transfer(SCC)).subject.erase();
  const log = join(it.folder, "log");
  await it.oubli.region("us").as(AUDITOR).audit.export(log);

  const { arrivals, forked } = await it.restore("all", { ledger: log });

  assert.deepEqual([forked, arrivals.lost.map(({ subject }) => subject)], [null, [id]]);
  const after = await it.after();
  await assert.rejects(after.subjectById(id), { code: "ARRIVAL_LOST" });
  assert.equal((await after.region("us").breach.list()).incidents.length, 1);
  assert.equal(await faultsOf(after), 0);
});

test("… but not where the memories stand", async (t) => {
  const it = await world(t);
  const moved = await it.move();
  const before = await told(moved);
  const log = join(it.folder, "log");
  await it.oubli.region("us").as(AUDITOR).audit.export(log);

  assert.deepEqual((await it.restore("audit", { ledger: log })).arrivals.lost, []);

  const ada = (await (await it.after()).find("ada"))!;
  assert.deepEqual((await told(ada)).nodes, before.nodes);
});

test("who was erased there since, or went on, is not lost", async (t) => {
  const it = await world(t);
  const moved = await it.move();
  const ben = await it.oubli.subject("ben", { jurisdiction: "DE" });
  await ben.session({ purpose: "support" }).remember("Boats.", { category: "preference" });
  const { subject: benThere } = await ben.transfer(SCC);
  await moved.transfer(BACK);
  await benThere.erase();

  const { arrivals } = await it.restore("all", { erased: [{ subject: benThere.id }] });

  assert.deepEqual(arrivals, { again: 0, lost: [] });
  const after = await it.after();
  assert.notEqual(await after.find("ada", { region: "eu" }), null);
  assert.equal(await after.find("ada", { region: "us" }), null);
  assert.equal(await after.find("ben"), null);
});

test("where the keys that stand say that they were erased, nobody has to list them", async (t) => {
  const it = await world(t);
  const moved = await it.move();
  await moved.erase();
  assert.deepEqual((await it.restore("audit")).arrivals, { again: 0, lost: [] });
  assert.equal(await (await it.after()).find("ada"), null);
});

/** A backup of the destination from while she is on her way to it. */
async function moveDuring(it: Awaited<ReturnType<typeof world>>): Promise<Subject["id"]> {
  let taken = false;
  const backUp = async (): Promise<void> => {
    taken = true;
    await it.oubli.region("us").backup(it.backups);
  };
  const life = lifeIn(it.folder, movableClock(Date.now()));
  await using both = await openLife(life, (name, stores) =>
    interceptStores(stores, async ({ method }, go) => {
      const done = await go();
      if (name === "us" && method === "insert" && !taken) await backUp();
      return done;
    }),
  );
  const { subject } = await (await both.oubli.find("ada"))!.transfer(SCC);
  assert.ok(taken);
  return subject.id;
}

test("a backup from while they were on their way holds a part of them: they are lost, and can begin anew", async (t) => {
  const it = await world(t);
  const id = await moveDuring(it);

  const { arrivals } = await it.restore();

  assert.deepEqual(
    arrivals.lost.map(({ subject }) => subject),
    [id],
  );
  const after = await it.after();
  const told = ["transfer.expected", "transfer.aborted", "transfer.lost", "restrict"];
  assert.deepEqual(await toldOf(after, id), told);
  const ada = (await after.find("ada"))!;
  await assert.rejects(recallOf(ada), { code: "ARRIVAL_LOST" });
  assert.equal(await faultsOf(after), 0);
  await ada.erase();
  assert.notEqual((await after.subject("ada", { jurisdiction: "US" })).id, id);
});

test("… and where keys and memories stand, they are whole", async (t) => {
  const it = await world(t);
  const id = await moveDuring(it);
  assert.deepEqual((await it.restore("audit")).arrivals, { again: 1, lost: [] });
  const ada = (await (await it.after()).find("ada"))!;
  assert.equal(ada.id, id);
  assert.equal((await recallOf(ada)).nodes.length > 0, true);
});

test("a restore that dies behind it goes on, and says it all", async (t) => {
  const it = await world(t);
  const { id } = await it.move();
  const dying: Ids = {
    ...randomIds,
    next(kind) {
      if (kind === "case") throw new Error("died");
      return randomIds.next(kind);
    },
  };
  await assert.rejects(it.restore("all", { ids: dying }), /died/);
  await assert.rejects(it.after(), { code: "STORE_LOCKED" });

  const { arrivals } = await it.restore("all", { keep: true });

  assert.equal(arrivals.lost.length, 1);
  const after = await it.after();
  assert.deepEqual(await toldOf(after, id), ["transfer.lost", "restrict"]);
  assert.equal((await after.region("us").breach.list()).incidents.length, 1);
});

test("of a transfer that was undone, and whose undoing is lost there, they stay where they are", async (t) => {
  const it = await world(t);
  const ben = await it.oubli.subject("ben", { jurisdiction: "DE" });
  await ben.session({ purpose: "support" }).remember("The tram.", { category: "preference" });
  const life = lifeIn(it.folder, movableClock(Date.now()));
  let broken: "insert" | "append" | null = "insert";
  const both = await openLife(life, (name, stores) =>
    interceptStores(stores, async ({ method }, go) => {
      const region = method === "insert" ? "us" : "eu";
      if (name === region && method === broken) throw new OubliError("STORE_UNAVAILABLE");
      return go();
    }),
  );
  const leaving = (await both.oubli.find("ben"))!;
  await assert.rejects(leaving.transfer(SCC), { code: "STORE_UNAVAILABLE" });
  broken = "append";
  await assert.rejects(leaving.cancelTransfer());
  await both[Symbol.asyncDispose]();

  assert.deepEqual((await it.restore("audit")).arrivals, { again: 0, lost: [] });

  const after = await it.after(movableClock(Date.now() + LEASES_OVER_MS));
  assert.equal(await after.find("ben", { region: "us" }), null);
  assert.equal((await after.find("ben"))!.id, ben.id);
  assert.ok((await recallOf((await after.find("ben"))!)).nodes.length > 0);
});
