import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync, globSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import type { Subject } from "#engine";

import { BACK, SCC } from "../spec/transfers.ts";
import { randomOf } from "./support/random.ts";
import { movableClock, newFolder, removeFolder } from "./support/region.ts";
import { openBoth, REGIONS, type RegionName } from "./support/two-regions.ts";

// Goal: what is one region's is in no file of the other, unless somebody was moved there.
// Method: ids are in files in the clear, and random: whoever has one has it from there. Texts are
// sealed, and in no file of either.

const ROUNDS = 120;
const LIKES = { category: "preference" } as const;

interface Model {
  person: Subject;
  readonly memories: Map<string, string>;
}

function holding(folder: string, region: RegionName, words: readonly string[]): string[] {
  const files = globSync(join(folder, region, "**", "*.*"), { withFileTypes: true });
  const bytes = files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name)));
  assert.ok(bytes.length > 4, "files were looked at");
  return words.filter((word) => bytes.some((one) => one.includes(word)));
}

test("over random acts in two regions, ids are in their own region's files alone, until a transfer", async (t: TestContext) => {
  const clock = movableClock();
  const folder = newFolder();
  t.after(() => removeFolder(folder));
  const seed = Number(process.env["OUBLI_SEED"] ?? 11);
  t.diagnostic(`seed ${seed}`);
  const { below: pick } = randomOf(seed);
  const own: Record<RegionName, Set<string>> = { eu: new Set(), us: new Set() };
  const arrived: Record<RegionName, Set<string>> = { eu: new Set(), us: new Set() };
  const texts: string[] = [];
  const people: Model[] = [];
  let moved = 0;
  {
    await using both = await openBoth(folder, clock);
    const { oubli } = both;
    for (let round = 0; round < ROUNDS; round += 1) {
      const one = people[pick(people.length + 1)];
      if (one === undefined) {
        const jurisdiction = pick(2) === 0 ? "DE" : "US";
        const person = await oubli.subject(`canary-${round}`, { jurisdiction });
        own[person.region as string as RegionName].add(person.id);
        people.push({ person, memories: new Map() });
        continue;
      }
      const { person, memories } = one;
      const region = person.region as string as RegionName;
      const known = [...memories.keys()];
      const node = known[pick(known.length)];
      const act = pick(10);
      if (act < 5) {
        const text = `canary text ${seed} ${round} ${pick(1e9)}`;
        texts.push(text);
        const source = { system: "chat", event: `canary-event-${round}` };
        const chat = person.session({ purpose: "support" });
        const { nodes } = await chat.remember(text, { ...LIKES, source });
        memories.set(nodes[0]!, text);
        own[region].add(nodes[0]!);
      } else if (act < 6 && node !== undefined) {
        const text = `canary corrected ${seed} ${round} ${pick(1e9)}`;
        texts.push(text);
        await person.self().correct(node, text);
        memories.set(node, text);
      } else if (act < 7 && node !== undefined) {
        await person.forget(node);
        memories.delete(node);
      } else if (act < 8) {
        const { subject } = await person.transfer(region === "eu" ? SCC : BACK);
        one.person = subject;
        const next = subject.region as string as RegionName;
        own[next].add(subject.id);
        for (const id of memories.keys()) arrived[next].add(id);
        moved += 1;
      } else {
        const { nodes } = await person.session({ purpose: "support" }).recall("", { limit: 50 });
        const found = new Map(nodes.map(({ id, content }) => [id as string, content]));
        assert.deepEqual(new Map([...found].sort()), new Map([...memories].sort()));
      }
    }
    for (const { person, memories } of people) {
      const { nodes } = await person.export();
      const found = nodes.map(({ id, content }): [string, string] => [id, content]);
      assert.deepEqual(new Map(found.sort()), new Map([...memories].sort()));
    }
    for (const name of REGIONS) {
      const auditor = oubli.region(name).as({ kind: "staff", id: "a", roles: ["auditor"] });
      for (const { faults } of await auditor.audit.check()) assert.deepEqual(faults, [], name);
    }
  }
  assert.ok(moved > 3, "somebody moved");
  for (const [name, other] of [
    ["eu", "us"],
    ["us", "eu"],
  ] as const) {
    const strangers = [...own[other]].filter((id) => !own[name].has(id) && !arrived[name].has(id));
    // A ledger names who comes in: by the id that they get, which the one that lets them go chose.
    const foreign = strangers.filter((id) => id.startsWith("node_"));
    assert.ok(foreign.length > 3, "some stayed where they were");
    assert.deepEqual(holding(folder, name, foreign), [], `${other}'s memories in ${name}`);
    assert.deepEqual(holding(folder, name, texts), [], `what was said, in ${name}`);
    const control = foreign.slice(0, 1);
    assert.deepEqual(holding(folder, other, control), control, "the control is found");
  }
});

test("an old backup of the region that they left does not bring them back", async (t) => {
  const clock = movableClock();
  const folder = newFolder();
  t.after(() => removeFolder(folder));
  const backup = join(folder, "backup");
  const data = (name: string): string => join(folder, "eu", "data", name);
  let old = "";
  {
    await using both = await openBoth(folder, clock);
    const ada = await both.oubli.subject("ada", { jurisdiction: "DE" });
    await ada.session({ purpose: "support" }).remember("Tea.", LIKES);
    old = ada.id;
  }
  cpSync(join(folder, "eu", "data"), backup, { recursive: true });
  {
    await using both = await openBoth(folder, clock);
    await (await both.oubli.find("ada"))!.transfer(SCC);
  }
  for (const name of ["memory.db", "keys.db"]) {
    for (const end of ["-wal", "-shm"]) rmSync(data(name + end), { force: true });
    cpSync(join(backup, name), data(name));
  }
  await using both = await openBoth(folder, clock);
  assert.equal(await both.oubli.find("ada", { region: "eu" }), null);
  assert.equal((await both.oubli.find("ada"))?.region, "us");
  assert.equal((await both.stores.eu.memory.count(old as never)).memory, 0);
  assert.equal(await both.stores.eu.keys.subjectKey(old as never), null);
  const { nodes } = await (await both.oubli.find("ada"))!.export();
  assert.equal(nodes.length, 1);
});
