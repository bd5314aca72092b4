import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { BackupLife, Thief, type Backup } from "./support/backup-life.ts";

// Goal: no backup brings back what was erased, once it is final; and none loses what was kept.
// Method: an installation on real files lives through random acts, with copies of everything but
// the root folder along the way. A model says for each pair of an old or new memory database and
// an old or new key database what opens with today's root keys; every row of every copy is then
// opened for real, and exactly that must come out.

type Act = (life: BackupLife) => Promise<unknown>;

const at = fc.nat({ max: 3 });
const pick = fc.nat({ max: 9999 });
const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(at, fc.integer({ min: 1, max: 40 })).map(
      ([who, count]): Act =>
        (life) =>
          life.remember(who, count),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(at, pick).map(
      ([who, n]): Act =>
        (life) =>
          life.derive(who, n),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(at, pick).map(
      ([who, n]): Act =>
        (life) =>
          life.correct(who, n),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(at, pick, fc.integer({ min: 1, max: 9 })).map(
      ([who, n, count]): Act =>
        (life) =>
          life.forget(who, n, count),
    ),
  },
  {
    weight: 1,
    arbitrary: at.map(
      (who): Act =>
        (life) =>
          life.erase(who),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Act>((life) => life.rotate()) },
  { weight: 2, arbitrary: fc.constant<Act>(async (life) => life.backUp()) },
);

test("random lives: a backup opens what was kept, all of it, and nothing that is final", async () => {
  const seen = { nodes: 0, combinations: 0, kept: 0, final: 0, reopened: 0 };
  const liveSome = () =>
    fc.assert(
      fc.asyncProperty(fc.array(acts, { minLength: 20, maxLength: 40 }), async (lived) => {
        await using life = await new BackupLife().open(4);
        for (let who = 0; who < 4; who += 1) await life.remember(who, 80);
        life.backUp();
        for (const act of lived) await act(life);
        await life.remember(0, 10);
        life.backUp();
        await life.forget(0, 3, 5);
        const now = life.backUp();
        seen.nodes += life.revisions.size;
        await compare(life, now, seen);
        await life.rotate();
        await compare(life, life.backUp(), seen);
        // Everything that was ever destroyed is final now.
        using thief = new Thief(life);
        const pooled = await thief.openPooled(life.backups);
        for (const [name, { content, shredded }] of life.revisions) {
          const expected = shredded === null ? content : undefined;
          assert.equal(pooled.get(name), expected, `${name}, from all copies together`);
          if (shredded !== null) seen.final += 1;
        }
      }),
      { numRuns: 5 },
    );
  const isEnough = (): boolean =>
    seen.nodes > 1500 && seen.combinations >= 125 && seen.kept > 5000 && seen.final > 100;
  // Lives that were short by chance are followed by more.
  for (let times = 0; times < 10 && !isEnough(); times += 1) await liveSome();
  assert.ok(isEnough(), JSON.stringify(seen));
  assert.ok(seen.reopened > 0, "control: before its epoch ends, an erased memory does open");
});

async function compare(
  life: BackupLife,
  now: Backup,
  seen: { combinations: number; kept: number; reopened: number },
): Promise<void> {
  using thief = new Thief(life);
  for (const memory of life.backups) {
    for (const keys of life.backups) {
      const opened = await thief.open(memory, keys);
      const what = `memory of backup ${memory.name}, keys of backup ${keys.name}`;
      assert.deepEqual(sorted(opened), sorted(life.expected(memory, keys)), what);
      seen.combinations += 1;
      for (const name of opened.keys()) {
        if (life.revisions.get(name)!.shredded === null) seen.kept += 1;
        else seen.reopened += 1;
      }
      // With the live keys nothing erased opens, final or not.
      if (keys === now)
        assert.ok(
          [...opened.keys()].every((name) => isAlive(life, name)),
          what,
        );
    }
  }
}

test("a backup of both databases opens no memory that was forgotten, corrected or erased since", async () => {
  await using life = await new BackupLife().open(3);
  for (const who of [0, 1, 2]) await life.remember(who, 100);
  const before = life.backUp();

  await life.forget(0, 0, 20);
  await life.correct(1, 0);
  await life.erase(2);
  await life.rotate();
  const now = life.backUp();

  using thief = new Thief(life);
  assert.equal((await thief.open(before, before)).size, 0, "old keys, today's root: nothing");
  assert.equal((await thief.open(now, before)).size, 0);
  const unchanged = [...life.revisions].filter(
    ([, { shredded, made }]) => shredded === null && made <= before.step,
  );
  const opened = await thief.open(before, now);
  assert.equal(unchanged.length, 80 + 99);
  assert.deepEqual(
    sorted(opened),
    sorted(new Map(unchanged.map(([name, { content }]) => [name, content]))),
    "old memories, today's keys: all that are unchanged, and no other",
  );
  assert.deepEqual(sorted(await thief.openPooled([before, now])), sorted(alive(life)));
});

test("control: until its epoch ends, a backup of the keys opens an erased memory; so its certificate is not final", async () => {
  await using life = await new BackupLife().open(1);
  await life.remember(0, 3);
  const person = await life.person(0);
  const [node] = life.liveNodes(person) as [string];
  const before = life.backUp();
  const erasure = (await life.forget(0, 0, 1))!;

  const executed = await life.oubli.certificate(person.id, erasure);
  assert.equal(executed.stage, "executed");
  const surfaces = executed.entry["surfaces"] as { surface: string; result: string }[];
  assert.equal(surfaces.find(({ surface }) => surface === "backups")?.result, "deferred");
  using thief = new Thief(life);
  const opened = await thief.open(before, before);
  assert.equal(opened.get(`${node}#1`), "memory 1", "the old keys and the root open it");

  await life.rotate();

  const final = await life.oubli.certificate(person.id, erasure);
  assert.equal(final.stage, "final");
  assert.equal((await life.oubli.verify(final)).valid, true);
  assert.deepEqual((final.entry["evidence"] as { epoch: number }).epoch, executed.entry["epoch"]);
  using later = new Thief(life);
  assert.equal((await later.open(before, before)).size, 0);
  assert.ok(!(await later.openPooled([before, life.backUp()])).has(`${node}#1`));
});

test("control: a thief who has the root folder as it was opens everything, so the copies hold it", async () => {
  await using life = await new BackupLife().open(2);
  await life.remember(0, 50);
  await life.remember(1, 50);
  const before = life.backUp();
  using thief = new Thief(life);
  assert.equal((await thief.open(before, before)).size, 100);

  await life.forget(0, 0, 9);
  await life.erase(1);
  await life.rotate();

  // Its keys are still in this process, as they would be on a copy of the root folder.
  assert.equal((await thief.open(before, before)).size, 100);
});

function alive({ revisions }: BackupLife): Map<string, string> {
  const live = [...revisions].filter(([, { shredded }]) => shredded === null);
  return new Map(live.map(([name, { content }]) => [name, content]));
}

function isAlive({ revisions }: BackupLife, name: string): boolean {
  return revisions.get(name)!.shredded === null;
}

function sorted(opened: ReadonlyMap<string, string>): [string, string][] {
  return [...opened].sort(([left], [right]) => (left < right ? -1 : 1));
}
