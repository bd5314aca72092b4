import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import { isOubliError, randomIds, utf8, type EpochMs } from "#kernel";

import { openKeyStore } from "../store/sqlite/key-store.ts";
import { KEYS_FAULT_POINTS, type Fault, type KeysFaultPoint } from "./faults.ts";
import { fileRootProvider } from "./file-root.ts";
import { keyName } from "./key-names.ts";
import type { RotationProgress } from "./keyring.ts";
import { openKeyring } from "./open-keyring.ts";

const order = { ledgerIndex: 1, at: 1_800_000_000_000 as EpochMs };
const newRef = () => ({ node: randomIds.next("node"), revision: 1 });
const noFault: Fault = () => {};

function world() {
  const folder = mkdtempSync(join(tmpdir(), "oubli-rotation-"));
  const time = { now: 1_800_000_000_000 };
  const clock = { now: () => time.now as EpochMs };
  const opened: { close(): unknown }[] = [];
  const file = join(folder, "keys.db");
  return {
    time,
    file,
    async process(fault: Fault = noFault) {
      const store = openKeyStore(file);
      opened.push(store);
      const root = fileRootProvider({ folder: join(folder, "root"), region: "eu", clock });
      const options = { store, root, clock, ids: randomIds, region: "eu", fault };
      const keyring = await openKeyring(options);
      opened.push(keyring);
      return Object.assign(keyring, { store, root });
    },
    [Symbol.dispose]() {
      for (const one of opened) one.close();
      rmSync(folder, { recursive: true });
    },
  };
}

type Process = Awaited<ReturnType<ReturnType<typeof world>["process"]>>;

/** Ada, dirty; Ben, clean; Carl, erased; a tag key, evidence of Carl, and a case. */
async function furnish(keys: Process) {
  const [ada, ben, carl] = [
    (await keys.register("acme", "ada")).subject,
    (await keys.register("acme", "ben")).subject,
    (await keys.register("acme", "carl")).subject,
  ];
  const [gone, stays, bens, carls] = [newRef(), newRef(), newRef(), newRef()];
  const [, adaKey] = await keys.mintNodeKeys(ada, [gone, stays]);
  const [benKey] = await keys.mintNodeKeys(ben, [bens]);
  await keys.mintNodeKeys(carl, [carls]);
  const consent = randomIds.next("consent");
  const sealed = await keys.sealEvidence(carl, consent, utf8("203.0.113.7"));
  const tag = await keys.tag("acme", "event-1");
  const opening = { id: randomIds.next("case"), tenant: "acme", step: 0 };
  const file = await keys.sealCase(opening, utf8("Dear Carl,"));
  await keys.shredNodes(ada, [gone], order);
  await keys.shredSubject(carl, order);

  return {
    ada,
    async check(process: Process): Promise<void> {
      assert.equal(await process.find("acme", "ada"), ada);
      assert.equal(await process.externalIdOf(ben), "ben");
      const adas = await process.nodeKeys(ada);
      assert.deepEqual([...adas.keys()], [keyName(stays)]);
      assert.ok(adas.get(keyName(stays))!.equals(adaKey!));
      assert.ok((await process.nodeKeys(ben)).get(keyName(bens))!.equals(benKey!));
      assert.equal((await process.nodeKeys(carl)).size, 0);
      assert.deepEqual(await process.openEvidence(carl, consent, sealed), utf8("203.0.113.7"));
      assert.deepEqual(await process.tag("acme", "event-1"), tag);
      assert.deepEqual(await process.openCase(opening, file), utf8("Dear Carl,"));
    },
  };
}

describe("a rotation", () => {
  test("ends the epoch: its root key is destroyed, nothing is under it, and all still works", async () => {
    using place = world();
    const keys = await place.process();
    const people = await furnish(keys);
    place.time.now += 5;

    const { from, to, subjects, evidence, strays } = await keys.rotate();

    assert.deepEqual({ from, to, subjects, strays }, { from: 1, to: 2, subjects: 2, strays: [] });
    assert.deepEqual(evidence, {
      provider: "file",
      epoch: 1,
      destroyedAt: place.time.now,
      method: "overwritten-and-unlinked",
      irreversibleAt: place.time.now,
    });
    assert.equal(await keys.store.rowsUnder(1), 0);
    assert.deepEqual(await keys.root.epochs(), [2]);
    const [first, second] = await keys.epochs();
    assert.deepEqual([first?.state, second?.state], ["destroyed", "active"]);
    assert.deepEqual(first?.evidence, evidence);
    await people.check(keys);
    await people.check(await place.process());
  });

  test("replaces the keys of dirty subjects, and keeps those of clean ones", async () => {
    using place = world();
    const keys = await place.process();
    const { ada } = await furnish(keys);
    const ben = (await keys.find("acme", "ben"))!;
    await keys.rotate();
    const [dirty, clean] = [await keys.store.subjectKey(ada), await keys.store.subjectKey(ben)];
    assert.deepEqual([dirty?.version, dirty?.dirty, clean?.version], [2, false, 1]);
    await keys.rotate();
    assert.equal((await keys.store.subjectKey(ada))?.version, 2);
  });

  test("is noticed by other processes at their next use, with their caches full", async () => {
    using place = world();
    const [here, there] = [await place.process(), await place.process()];
    const people = await furnish(here);
    await people.check(there);
    await here.rotate();
    await people.check(there);
    await here.rotate();
    await there.mintNodeKeys(people.ada, [newRef()]);
    assert.equal((await there.register("acme", "ben")).created, false);
    assert.equal((await there.register("acme", "dora")).created, true);
    assert.notEqual(await here.find("acme", "dora"), null);
  });

  test("destroys nothing while a subject that changed under it is still to be moved", async () => {
    using place = world();
    let shredding = true;
    const keys = await place.process((point) => {
      if (point !== "keys.rotate.subjects:before" || !shredding) return;
      shredding = false;
      // Another process's shred, between the reading of Ben's key and its move.
      using other = new DatabaseSync(place.file);
      other.exec("UPDATE subject_key SET dirty = 1");
    });
    const people = await furnish(keys);
    const ben = (await keys.find("acme", "ben"))!;
    await keys.rotate();
    assert.equal((await keys.store.subjectKey(ben))?.version, 2);
    assert.equal(await keys.store.rowsUnder(1), 0);
    await people.check(keys);
  });

  test("tells how far it is, in batches", async () => {
    using place = world();
    const keys = await place.process();
    const names = Array.from({ length: 620 }, (_, number) => `user-${number}`);
    await Promise.all(names.map((name) => keys.register("acme", name)));
    const seen: RotationProgress[] = [];
    await keys.rotate({ onProgress: (progress) => seen.push(progress) });
    const done = (step: string) => seen.filter((one) => one.step === step).map((one) => one.done);
    assert.deepEqual(done("directory"), [500, 620]);
    assert.deepEqual(done("subjects"), [500, 620]);
  });

  test("leaves a root key alone that it does not know, and names it", async () => {
    using place = world();
    const keys = await place.process();
    await keys.root.create(7);
    const { to, strays } = await keys.rotate();
    assert.deepEqual({ to, strays }, { to: 8, strays: [7] });
    assert.deepEqual(await keys.root.epochs(), [7, 8]);
  });

  test("run twice at once ends one epoch once, and both answer with its evidence", async () => {
    using place = world();
    const [left, right] = [await place.process(), await place.process()];
    const people = await furnish(left);
    const [one, two] = await Promise.all([left.rotate(), right.rotate()]);
    assert.deepEqual([one.from, two.from, one.to, two.to], [1, 1, 2, 2]);
    assert.deepEqual(one.evidence, two.evidence);
    assert.deepEqual(await left.root.epochs(), [2]);
    await people.check(left);
    await people.check(right);
  });

  test("is safe beside processes that register, mint and shred all the while", async () => {
    using place = world();
    const [rotating, busy] = [await place.process(), await place.process()];
    const { subject } = await busy.register("acme", "eve");
    const expected = new Map<string, string>();
    const race = { running: true };

    async function work(): Promise<void> {
      for (let round = 0; race.running; round += 1) {
        const refs = [newRef(), newRef(), newRef()];
        const minted = await patiently(() => busy.mintNodeKeys(subject, refs));
        refs.forEach((ref, at) => expected.set(keyName(ref), minted[at]!.export().toString("hex")));
        await busy.shredNodes(subject, [refs[0]!], order);
        expected.delete(keyName(refs[0]!));
        await patiently(() => busy.register("acme", `user-${round % 20}`));
      }
    }
    const working = work();
    let rotations = 0;
    try {
      // However fast the machine rotates, it meets as many mints.
      for (; rotations < 8 || (expected.size <= 20 && rotations < 500); rotations += 1) {
        await patiently(() => rotating.rotate());
      }
    } finally {
      race.running = false;
      await working;
    }

    for (const keys of [busy, rotating]) {
      const live = await keys.nodeKeys(subject);
      assert.equal(live.size, expected.size);
      for (const [name, key] of live)
        assert.equal(key.export().toString("hex"), expected.get(name));
    }
    assert.ok(expected.size > 20, "the race took place");
    assert.deepEqual(await rotating.root.epochs(), [rotations + 1]);
  });
});

/** Either may give up after some tries, when the other goes on without a pause. */
async function patiently<T>(run: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isOubliError(error, "CONFLICT")) throw error;
    }
  }
}

const steps = KEYS_FAULT_POINTS.filter((point) => /rotate|root|epoch/.test(point));

const spoil = (file: string, statement: string): void => {
  using sql = new DatabaseSync(file);
  sql.exec(statement);
};

describe("a rotation that meets a row which does not open", () => {
  const damage = {
    "a node key":
      "UPDATE node_key SET wrapped = zeroblob(60) WHERE subject_id = (SELECT subject_id FROM subject_key WHERE dirty = 1)",
    "a dirty subject's key": "UPDATE subject_key SET wrapped = zeroblob(60) WHERE dirty = 1",
    "a clean subject's key": "UPDATE subject_key SET wrapped = zeroblob(60) WHERE dirty = 0",
    "a name":
      "UPDATE directory SET sealed = zeroblob(60) WHERE lookup = (SELECT min(lookup) FROM directory)",
    "an evidence key": "UPDATE evidence_key SET wrapped = x'00'",
    "a tag key": "UPDATE tag_key SET wrapped = x'00'",
  };
  for (const [what, statement] of Object.entries(damage)) {
    test(`(${what}) moves all others, keeps the epoch's root key, and says so`, async () => {
      using place = world();
      const keys = await place.process();
      await furnish(keys);
      spoil(place.file, statement);

      const { from, to, evidence, damaged } = await keys.rotate();

      assert.deepEqual([from, to, evidence, damaged.rows], [1, 2, null, 1]);
      assert.equal(damaged.subjects.length, what === "a tag key" ? 0 : 1);
      assert.equal(await keys.store.rowsUnder(1), 1);
      assert.ok(await keys.root.key(1), "nothing is destroyed while a row needs it");
      const states = (await keys.epochs()).map(({ state }) => state);
      assert.deepEqual(states, ["retiring", "active"]);
    });
  }

  test("ends the epoch once the damaged row is erased", async () => {
    using place = world();
    const keys = await place.process();
    const { ada } = await furnish(keys);
    spoil(place.file, "UPDATE subject_key SET wrapped = zeroblob(60) WHERE dirty = 1");
    spoil(place.file, "UPDATE directory SET sealed = zeroblob(60)");
    const { damaged } = await keys.rotate();
    assert.equal(damaged.rows, 4);
    assert.ok(damaged.subjects.includes(ada));
    for (const subject of damaged.subjects) {
      await keys.shredSubject(subject, order);
      await keys.forgetDirectoryRow(subject);
    }
    const { from, evidence } = await keys.rotate();
    assert.deepEqual([from, evidence?.epoch], [1, 1]);
    assert.deepEqual(await keys.root.epochs(), [2]);
  });
});

describe("a rotation that dies", () => {
  for (const point of steps) {
    test(`at ${point} is finished by another process`, async () => {
      using place = world();
      let armed = false;
      const dying = await place.process((at: KeysFaultPoint) => {
        if (armed && at === point) throw new Error("died");
      });
      const people = await furnish(dying);
      armed = true;
      await assert.rejects(dying.rotate(), /died/);

      const next = await place.process();
      await people.check(next);
      // Whatever the first one did, an epoch that was the active one at its start has ended now.
      const { from } = await next.rotate();
      if (point === "keys.rotate.end:after") assert.equal(from, 2);
      else assert.equal(from, 1);
      const first = (await next.epochs()).find(({ epoch }) => epoch === 1);
      assert.equal(first?.state, "destroyed");
      assert.equal(await next.root.key(1), null);
      await people.check(next);
      await people.check(await place.process());
    });
  }
});
