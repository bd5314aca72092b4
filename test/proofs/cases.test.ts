import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import * as fc from "fast-check";

import { readEntry, type Entry } from "#audit";
import {
  advance,
  claimCases,
  closeCase,
  endStrayKeys,
  loadCase,
  openCase,
  openFile,
  replayCases,
  type Case,
  type CaseRow,
  type NewCase,
} from "#cases";
import { openPlace, type Stores } from "#engine";
import {
  DAY_MS,
  isOubliError,
  later,
  randomIds,
  systemClock,
  word,
  type Actor,
  type CaseId,
  type Json,
  type Word,
} from "#kernel";
import { openAuditStore } from "#store";

import { AUDITOR } from "../spec/world.ts";
import { openBackedUp, type BackedUp } from "./support/backed-up.ts";
import { caseWorld } from "./support/case-world.ts";
import { THOROUGH } from "./support/thorough.ts";
import { faultyStores } from "./support/faulty-stores.ts";
import { ENGINES, newGround, openGround } from "./support/ground.ts";
import { closeStores, movableClock, type MovableClock } from "./support/region.ts";
import { scanBytes, scanFolders, textNeedles } from "./support/residue.ts";

// Goal: a case never takes a step that the ledger does not know of, never takes one twice, and its
// file is noise once its key is gone, in every copy of the database that was ever made.

const officer: Actor = { kind: "staff", id: word("officer"), roles: [word("privacy-officer")] };
const tenant = word("acme");
const entry = { t: "retention.batch", facts: { rule: word("logs") } } as const;
const SECRET = "zq7letter-to-ada";

type World = Awaited<ReturnType<typeof caseWorld>>;
interface File {
  readonly [name: string]: string;
}

const opening = (): NewCase<File> => ({
  kind: "retention",
  tenant,
  actor: officer,
  subject: null,
  state: word("counted"),
  file: { letter: SECRET },
  entry,
});

/** Rows whose step the ledger does not tell. */
async function untold({ audit, cases }: Stores): Promise<CaseRow[]> {
  const entries = await audit.entries("ledger", { from: 0, limit: 10_000 });
  const told = new Set(
    entries.map(({ bytes }) => {
      const { case: id, step } = readEntry(bytes!);
      return `${String(id)} ${String(step)}`;
    }),
  );
  const rows = await cases.list({ tenant, kind: "retention", limit: 100 });
  return rows.filter(({ id, step }) => !told.has(`${id} ${step}`));
}

async function openEngine(engine: (typeof ENGINES)[number]) {
  const ground = await newGround(engine);
  const clock = movableClock();
  const stores = await openGround(ground, clock);
  return {
    ground,
    clock,
    stores,
    async [Symbol.asyncDispose]() {
      await closeStores(stores);
      await ground[Symbol.asyncDispose]();
    },
  };
}

for (const engine of ENGINES) {
  describe(`cases (${engine})`, () => {
    test("a case's file is read by another process as it was left, and by no other controller", async () => {
      await using place = await openEngine(engine);
      await using one = await caseWorld(place.stores, place.clock);
      await using two = await caseWorld(place.stores, place.clock);
      const opened = await openCase(one, opening());
      await advance<File>(one, opened, { actor: officer, entry, file: { letter: "second" } });
      const which = { tenant, kind: "retention", id: opened.id } as const;
      const loaded = await loadCase<File>(two, which);
      assert.deepEqual([loaded.step, loaded.file], [1, { letter: "second" }]);
      const others = [
        { ...which, tenant: word("evil") },
        { ...which, kind: "request" as const },
      ];
      for (const other of others) await assert.rejects(loadCase(two, other), { code: "NOT_FOUND" });
    });

    test("of two processes at the same step one takes it, and the other is told CONFLICT", async () => {
      await using place = await openEngine(engine);
      await using one = await caseWorld(place.stores, place.clock);
      await using two = await caseWorld(place.stores, place.clock);
      const opened: Case<File> = await openCase(one, opening());
      const same = { tenant, kind: "retention", id: opened.id } as const;
      const seen = await loadCase<File>(two, same);
      const results = await Promise.allSettled([
        advance(one, opened, { actor: officer, entry, state: word("first") }),
        advance(two, seen, { actor: officer, entry, state: word("second") }),
      ]);
      const refused = results.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
      assert.equal(refused.length, 1);
      assert.ok(isOubliError(refused[0], "CONFLICT"));
      const winner = word(results[0]!.status === "fulfilled" ? "first" : "second");
      const { state, step } = await loadCase<File>(one, same);
      assert.deepEqual([state, step], [winner, 1]);
      assert.deepEqual(await untold(place.stores), []);
    });

    test("a process that dies at any write of a step leaves no row without its entry, and the step is taken again", async () => {
      await using place = await openEngine(engine);
      const acts = { open: openIt, advance: stepOn, close: shut };
      for (const [name, act] of Object.entries(acts)) {
        const writes = await dieAt(place, act, null);
        assert.ok(writes.length > 1, name);
        for (const at of writes.keys()) {
          for (const side of ["before", "after"] as const) {
            await dieAt(place, act, { at, side });
          }
        }
      }
    });

    test("what a crash left of keys is destroyed after a day, and no live case's", async () => {
      await using place = await openEngine(engine);
      await using world = await caseWorld(place.stores, place.clock);
      const open = await openCase(world, opening());
      const closed = await openCase(world, opening());
      // As a process leaves them that died between the row and the key, or before the row.
      await place.stores.cases.advance({ ...rowOf(closed), step: 1, sealed: null });
      const lost = { id: randomIds.next("case"), tenant, step: 0 };
      await world.keyring.sealCase(lost, Uint8Array.of(1));
      assert.equal(await endStrayKeys(world), 0);
      place.clock.advance(DAY_MS + 1);
      assert.equal(await endStrayKeys(world), 2);
      const page = { after: null, limit: 9 };
      assert.deepEqual(await world.keyring.casesWithKey(place.clock.now(), page), [open.id]);
    });

    test("a claimed case is this process's until its lease is over", async () => {
      await using place = await openEngine(engine);
      await using one = await caseWorld(place.stores, place.clock);
      await using two = await caseWorld(place.stores, place.clock);
      await openCase(one, { ...opening(), dueAt: place.clock.now() });
      const [mine] = await claimCases<File>(one, ["retention"], 9);
      assert.deepEqual(mine!.file, { letter: SECRET });
      assert.deepEqual(await claimCases(two, ["retention"], 9), []);
      place.clock.advance(60_000);
      assert.equal((await claimCases(two, ["retention"], 9)).length, 1);
    });
  });
}

function rowOf(opened: Case<File>): CaseRow {
  const { file: _file, ...row } = opened;
  return row;
}

type Act = (world: World, from: Case<File> | null) => Promise<Case<File>>;
const openIt: Act = (world) => openCase<File>(world, opening());
const stepOn: Act = (world, from) =>
  advance<File>(world, from!, { actor: officer, entry, state: word("swept"), file: { to: "b" } });
const shut: Act = (world, from) =>
  closeCase<File>(world, from!, { actor: officer, entry, destroyFile: true });

/** Acts in a process that dies at a point, then once more in one that does not. */
async function dieAt(
  { stores, clock }: { readonly stores: Stores; readonly clock: MovableClock },
  act: Act,
  point: { readonly at: number; readonly side: "before" | "after" } | null,
): Promise<readonly string[]> {
  const from = act === openIt ? null : await prepared(stores, clock);
  const faulty = faultyStores(stores);
  const dying = await caseWorld(faulty.stores, clock);
  faulty.arm(point);
  let done: Case<File> | null = null;
  try {
    done = await act(dying, from);
  } catch (error) {
    if (!faulty.isDead()) throw error;
  }
  const writes = [...faulty.writes];
  await dying[Symbol.asyncDispose]().catch(() => {});
  assert.equal(faulty.isDead(), point !== null);
  assert.deepEqual(await untold(stores), [], `${point?.side} ${point && writes[point.at]}`);

  await using next = await caseWorld(stores, clock);
  if (from === null || done !== null) return writes;
  const found = await loadCase<File>(next, from);
  const again = found.step === from.step ? await act(next, found) : found;
  assert.equal(again.step, from.step + 1);
  assert.equal(again.closedAt === null, act !== shut);
  return writes;
}

async function prepared(stores: Stores, clock: MovableClock): Promise<Case<File>> {
  await using world = await caseWorld(stores, clock);
  return await openCase<File>(world, opening());
}

test("what stands in a case's file is in no byte of any database, nor of its log", async () => {
  await using place = await openEngine("sqlite");
  await using world = await caseWorld(place.stores, place.clock);
  const core = "zq7canary7letter7to7ada";
  const text = `Dear "Ada" & ${core}, <b>yes</b>?`;
  const opened = await openCase<File>(world, { ...opening(), file: { letter: text } });
  await advance<File>(world, opened, { actor: officer, entry, file: { letter: `${text} again` } });
  const needles = textNeedles({ of: "letter", core, text });
  const { files, hits } = scanFolders([place.ground.folder], needles);
  assert.ok(files.some((file) => file.endsWith("audit.db-wal")));
  assert.deepEqual(hits, []);
  const bytes = Buffer.from(`before ${text} behind`);
  assert.ok(scanBytes("planted", bytes, needles).length > 0, "the scan bites");
});

test("whatever was done with a case, its file opens in no copy once its key is gone", async () => {
  const step = fc.record({ letter: fc.string(), state: fc.constantFrom("a", "b") });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 5 }), fc.boolean(), async (steps, rotates) => {
      await using place = await openEngine("sqlite");
      await using world = await caseWorld(place.stores, place.clock);
      const copies: string[] = [];
      const copy = async (): Promise<void> => {
        await place.stores.audit.scrub();
        const to = join(place.ground.folder, `copy-${copies.length}.db`);
        copyFileSync(join(place.ground.folder, "data", "audit.db"), to);
        copies.push(to);
      };
      let current: Case<File> = await openCase<File>(world, opening());
      await copy();
      for (const { letter } of steps) {
        current = await advance<File>(world, current, { actor: officer, entry, file: { letter } });
        await copy();
      }
      const readable = await filesOf(copies, world);
      assert.equal(readable.filter((file) => file !== null).length, steps.length + 1);

      await closeCase(world, current, { actor: officer, entry, destroyFile: true });
      if (rotates) await world.keyring.rotate();
      await copy();
      const left = await filesOf(copies, world);
      assert.deepEqual(
        left,
        left.map(() => null),
      );
    }),
    { numRuns: THOROUGH ? 50 : 5 },
  );
});

describe("a case that is behind the ledger", () => {
  /** A step that stands in the ledger alone, as behind a restore. */
  const told = (world: World, { id, step }: CaseRow, state: Word) =>
    world.audit.record({
      t: "retention.batch",
      tenant,
      region: world.region,
      actor: officer,
      subject: null,
      facts: { case: id, step: step + 1, state },
    });
  /** Where a kind that can be reread keeps the states that it has read. */
  const reread = {
    retention: (before: Case<Json>, entry: Entry) => ({
      facts: { ...before.facts, [String(entry["state"])]: true },
      file: before.file,
      dueAt: null,
    }),
  };

  test("takes each step again on paper, once, and its file opens at the last", async () => {
    await using place = await openEngine("sqlite");
    await using world = await caseWorld(place.stores, place.clock);
    const { file: _, ...row } = await openCase<File>(world, opening());
    await told(world, row, word("swept"));
    await told(world, { ...row, step: 1 }, word("done"));
    for (const _again of [1, 2]) {
      await replayCases(world, 0, { rereads: reread });
      const { step, state, facts, file } = await loadCase<File>(world, which(row.id));
      assert.deepEqual([step, state, file], [2, "done", { letter: SECRET }]);
      assert.deepEqual(facts, { swept: true, done: true });
    }
  });

  test("stays before a step of which two different ones are told, and where nobody can reread it", async () => {
    await using place = await openEngine("sqlite");
    await using world = await caseWorld(place.stores, place.clock);
    const { file: _, ...row } = await openCase<File>(world, opening());
    await told(world, row, word("swept"));
    await replayCases(world, 0);
    assert.equal((await loadCase<File>(world, which(row.id))).step, 0);
    for (const state of [word("done"), word("denied")])
      await told(world, { ...row, step: 1 }, state);
    await told(world, { ...row, step: 2 }, word("after"));
    await replayCases(world, 0, { rereads: reread });
    const { step, state } = await loadCase<File>(world, which(row.id));
    assert.deepEqual([step, state], [1, "swept"]);
  });
});

/** What the keys that there are now open in each copy. */
async function filesOf(copies: readonly string[], world: World): Promise<(File | null)[]> {
  const files: (File | null)[] = [];
  for (const path of copies) {
    const copy = openAuditStore(path);
    const [row] = await copy.cases.list({ tenant, kind: "retention", limit: 9 });
    files.push((await openFile<File>(world, row!)).file);
    await copy.close();
  }
  return files;
}

for (const engine of ENGINES) {
  describe(`a backup takes the cases with it (${engine})`, () => {
    test("and a restore brings them back as they were, with their files", async () => {
      await using life = await openBackedUp(engine);
      const { id } = await inPlace(life, (world) => openCase<File>(world, opening()));
      await life.oubli.backup(life.backups);
      await life.loseAndRestore();
      const { file, step } = await inPlace(life, (world) => loadCase<File>(world, which(id)));
      assert.deepEqual([file, step], [{ letter: SECRET }, 0]);
    });

    test("and what was destroyed after it stays destroyed", async () => {
      await using life = await openBackedUp(engine);
      const [closed, other] = await inPlace(life, async (world) => [
        await openCase<File>(world, opening()),
        await openCase<File>(world, opening()),
      ]);
      await life.oubli.backup(life.backups);
      await inPlace(life, async (world) => {
        const end = { actor: officer, entry, state: word("done"), destroyFile: true };
        await closeCase<File>(world, closed!, end);
        await advance<File>(world, other!, { actor: officer, entry, state: word("swept") });
      });
      await life.oubli.as(AUDITOR).audit.export(life.path("log"));
      await life.loseAndRestore({ ledger: life.path("log") });
      await inPlace(life, async (world) => {
        const { file, state, closedAt } = await loadCase<File>(world, which(closed!.id));
        assert.deepEqual([file, state, closedAt !== null], [null, "done", true]);
        const page = { after: null, limit: 9 };
        const keys = await world.keyring.casesWithKey(later(world.clock.now(), 1), page);
        assert.deepEqual(keys, [other!.id]);
        // A step that the backup does not know is taken again.
        const again = await loadCase<File>(world, which(other!.id));
        assert.deepEqual([again.step, again.file], [0, { letter: SECRET }]);
      });
    });
  });
}

const which = (id: CaseId) => ({ tenant, kind: "retention", id }) as const;

/** What a further process does with the cases of an installation. */
async function inPlace<T>(life: BackedUp, act: (world: World) => Promise<T>): Promise<T> {
  const clock = { ...movableClock(), now: systemClock.now };
  const stores = await openPlace(life.config.regions["eu"]!, { region: "eu", clock });
  try {
    await using world = await caseWorld(stores, clock);
    return await act(world);
  } finally {
    await closeStores(stores);
  }
}
