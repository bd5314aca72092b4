import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import type { Oubli } from "#engine";

import { randomOf } from "./support/random.ts";
import { createLane, WEIGHTS, type Lane, type Tally } from "./support/residency-acts.ts";
import { findStrays } from "./support/residency-check.ts";
import { trapSockets } from "./support/residency-trap.ts";
import {
  newWorld,
  openWorld,
  otherThan,
  post,
  REGIONS,
  textOf,
  type RegionName,
  type World,
} from "./support/residency-world.ts";
import { THOROUGH } from "./support/thorough.ts";
import { until } from "./support/until.ts";

// Goal: what is one region's is in no file, no row and no socket of the other.
// Method: one region on files and one on a server, behind one face. All that people there say has
// words that only their region has; random acts are done, also by a process that is killed and
// beside a server that is. Then each byte of the one region's files, and each byte that was sent
// to its server and its processor, is searched for the other's words and ids.

const ACTS = Number(process.env["OUBLI_ACTS"] ?? (THOROUGH ? 10_000 : 1_000));
const LANES = 16;
const CHILD = join(import.meta.dirname, "support/residency-child.ts");

/** What an act may be answered with: there is no consent, no such memory any more, no leave. */
const REFUSALS = new Set([
  "CONSENT_MISSING",
  "NOT_FOUND",
  "CONFLICT",
  "HELD",
  "PROCESSOR_REFUSED",
  "SUBJECT_ERASED",
  "ZERO_SCOPE",
  "BACKUP_UNSUPPORTED",
]);

/** What a server that is killed may lead to. */
const OUTAGES = new Set([
  "AUDIT_UNAVAILABLE",
  "OUTCOME_UNKNOWN",
  "REGION_UNAVAILABLE",
  "STORE_BUSY",
  "STORE_UNAVAILABLE",
]);

const total = (tally: Tally): number => [...tally.values()].reduce((sum, one) => sum + one, 0);

/** Each lane acts until so many acts were done in all. */
async function actUntil(oubli: Oubli, lanes: readonly Lane[], tally: Tally, acts: number) {
  const run = async (lane: Lane): Promise<void> => {
    while (total(tally) < acts) await lane.step(oubli);
  };
  await Promise.all(lanes.map(run));
}

/** How often an act ended so in a region. */
const timesOf = (tally: Tally, name: RegionName, kind: string, end: string): number =>
  tally.get(`${name} ${kind} ${end}`) ?? 0;

/** What nobody did yet, in one of the regions. */
function undone(tally: Tally): readonly string[] {
  const kinds = Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[];
  return REGIONS.flatMap((name) => [
    ...kinds
      // What is done once in some hundred acts may be missing from a short run.
      .filter((kind) => kind !== "astray" && (THOROUGH || WEIGHTS[kind] > 6))
      .filter((kind) => !(name === "us" && kind === "backup"))
      .filter((kind) => timesOf(tally, name, kind, "done") === 0)
      .map((kind) => `${name} ${kind}`),
    ...(timesOf(tally, name, "astray", "PROCESSOR_REFUSED") > 5 ? [] : [`${name} astray`]),
  ]);
}

/** A process that does so many acts at least, and is killed in the middle of others. */
async function actAndDie(world: World, seed: number, acts: number): Promise<Tally> {
  const { server: _, trees: _trees, ports: _ports, sent, ...map } = world;
  const child = fork(CHILD, [JSON.stringify({ map, sent, seed, lanes: LANES })], {
    execArgv: ["--conditions=oubli-source", "--disable-warning=ExperimentalWarning"],
  });
  const died = once(child, "exit");
  let tally: Tally = new Map();
  child.on("message", (said) => {
    tally = new Map(said as [string, number][]);
    if (total(tally) >= acts) child.kill("SIGKILL");
  });
  const [, signal] = await died;
  assert.equal(signal, "SIGKILL");
  return tally;
}

test("over random acts in two regions, a thousand every day and ten when asked, nothing of one is in a file, a row or a socket of the other", async (t: TestContext) => {
  const seed = Number(process.env["OUBLI_SEED"] ?? 7);
  t.diagnostic(`seed ${seed}`);
  await using world = await newWorld();
  using _trap = trapSockets(world.sent);
  const tally: Tally = new Map();
  const lanes = Array.from({ length: LANES }, (_, at) =>
    createLane(world, { name: `lane${at}`, random: randomOf(seed * 100 + at), tally }),
  );
  {
    await using oubli = await openWorld(world);
    await actUntil(oubli, lanes, tally, ACTS * 0.3);
  }
  for (const [key, times] of await actAndDie(world, seed, ACTS * 0.2)) {
    tally.set(key, (tally.get(key) ?? 0) + times);
  }
  {
    await using oubli = await openWorld(world);
    const acting = actUntil(oubli, lanes, tally, ACTS * 0.8);
    await Promise.race([acting, until("some are done", () => total(tally) >= ACTS * 0.6)]);
    await world.server.kill();
    // A backup of a server is a copy of what it left, made by whoever runs it.
    cpSync(world.server.folder!, join(world.folder, "us/backups/server"), { recursive: true });
    await world.server.restart();
    await acting;
  }
  {
    await using oubli = await openWorld(world);
    await actUntil(oubli, lanes, tally, ACTS);
    // What was not done by chance is done in more of them.
    for (let more = 1; more < 10 && undone(tally).length > 0; more += 1) {
      await actUntil(oubli, lanes, tally, ACTS * (1 + more / 2));
    }
    assert.deepEqual(undone(tally), []);
    for (const name of REGIONS) {
      const auditor = oubli.region(name).as({ kind: "staff", id: "a", roles: ["auditor"] });
      for (const { faults } of await auditor.audit.check()) assert.deepEqual(faults, [], name);
      await auditor.audit.export(join(world.folder, name, "exports/log"));
    }
  }

  t.diagnostic(JSON.stringify(Object.fromEntries([...tally].toSorted())));
  for (const name of REGIONS) {
    assert.equal(timesOf(tally, name, "astray", "done"), 0);
    assert.ok(readdirSync(join(world.folder, name, "exports")).length > 1, `${name} exports`);
  }
  assert.ok(total(tally) >= ACTS);
  const ends = new Set([...tally.keys()].map((key) => key.split(" ")[2]!));
  const expected = REFUSALS.union(OUTAGES).add("done");
  assert.deepEqual([...ends.difference(expected)], []);

  const { strays, seen } = await findStrays(world);
  t.diagnostic(JSON.stringify(seen));
  for (const [what, count] of Object.entries(seen)) {
    assert.ok(count > 10, `${what}: ${count}`);
  }
  assert.deepEqual(strays.slice(0, 20), []);

  // The same check finds what is planted.
  const nodes = await tellOneEach(world);
  for (const name of REGIONS) {
    const file = join(world.folder, otherThan(name), "planted");
    writeFileSync(file, `a${nodes[REGIONS.indexOf(name)]!}b`);
  }
  const found = (await findStrays(world)).strays;
  for (const name of REGIONS) {
    assert.ok(
      found.some((one) => one.includes(`in ${otherThan(name)}'s files`) && one.includes("planted")),
      `${name}'s id in ${otherThan(name)}`,
    );
  }
});

/** The id of one memory in each region. */
async function tellOneEach(world: World): Promise<readonly string[]> {
  await using oubli = await openWorld(world);
  const ids: string[] = [];
  for (const name of REGIONS) ids.push(await tell(oubli, world, name));
  return ids;
}

async function tell(oubli: Oubli, world: World, name: RegionName): Promise<string> {
  const jurisdiction = name === "eu" ? "DE" : "US";
  const external = textOf(world.marks[name], "external", "one");
  const person = await oubli.subject(external, { jurisdiction });
  const chat = person.session({ purpose: "support" });
  const { nodes } = await chat.remember(textOf(world.marks[name], "content", "one"));
  return nodes[0]!;
}

test("an embedder that asks the other region's processor is found by its bytes, and one that says so is refused", async () => {
  await using world = await newWorld();
  using _trap = trapSockets(world.sent);
  {
    await using oubli = await openWorld(world);
    for (const name of REGIONS) {
      const node = await tell(oubli, world, name);
      const external = textOf(world.marks[name], "external", "one");
      const chat = (await oubli.find(external))!.session({ purpose: "support" });
      const other = otherThan(name);
      const given = chat.disclose(`${other}-model`, [node], (nodes) =>
        post(
          world.models[other],
          nodes.map(({ content }) => content),
        ),
      );
      await assert.rejects(given, { code: "PROCESSOR_REFUSED" });
    }
  }
  assert.deepEqual((await findStrays(world)).strays, []);
  {
    // It says that it asks the region's own, and asks the other's: no gate can see that.
    await using oubli = await openWorld(world, otherThan);
    for (const name of REGIONS) await tell(oubli, world, name);
  }
  const { strays } = await findStrays(world);
  for (const name of REGIONS) {
    const planted = new RegExp(`^${name}'s content as .* in ${otherThan(name)}'s sockets`);
    assert.ok(
      strays.some((one) => planted.test(one)),
      name,
    );
  }
});
