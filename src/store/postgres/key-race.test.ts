import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { isOubliError, randomIds, systemClock, type NodeId, type SubjectId } from "#kernel";
import { keyName, memoryRootProvider, openKeyring, type KeyStore } from "#keys";

import { closeRace } from "../../../test/support/close-race.ts";
import { AT, begin, bytes, key, register, shred } from "../conformance/key-store-fixture.ts";
import { sampleKeys, type SampleKeys } from "./sample-stores.test.ts";

/** Stores with pools of their own stand for processes: the server cannot tell them apart. */
let place: Awaited<ReturnType<typeof sampleKeys>>;
let region: SampleKeys;
let one: KeyStore;
let two: KeyStore;
before(async () => {
  place = await sampleKeys();
});
after(() => place[Symbol.asyncDispose]());

async function open(): Promise<void> {
  region = await place.region();
  [one, two] = [await region.store(), await region.store()];
}

async function times(count: number, work: (at: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += 1) await work(at);
}

async function someone(name: string, epoch = 1): Promise<SubjectId> {
  const subject = randomIds.next("subject");
  await register(one, subject, name, epoch);
  return subject;
}

async function deadlocks(): Promise<unknown> {
  const query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
  return (await (await region.admin()).query(query)).rows;
}

const OUTCOMES = ["inserted", "fenced"] as const;

describe("a mint beside a shred, on two connections", () => {
  before(async () => {
    await open();
    await begin(one);
  });

  test("of a node: round after round, no key is ever behind its fence", async () => {
    const subject = await someone("of a node");
    const rounds = process.env["OUBLI_THOROUGH"] === "1" ? 1000 : 250;
    await closeRace({ rounds, outcomes: OUTCOMES }, async (mint, erase, round) => {
      const node = randomIds.next("node");
      const [outcome] = await Promise.all([
        mint(() => one.insertNodeKeys(subject, 1, AT, [key(node)])),
        erase(() => two.shredNodes(shred(round, subject), [{ node }])),
      ]);
      assert.deepEqual(await one.liveRefs(subject), []);
      return outcome;
    });
  });

  test("of a subject with held nodes: what is left is what was held", async () => {
    await closeRace({ rounds: 300, outcomes: OUTCOMES }, async (mint, erase, round) => {
      const subject = await someone(`held ${round}`);
      const [held, fresh] = [randomIds.next("node"), randomIds.next("node")];
      await one.insertNodeKeys(subject, 1, AT, [key(held)]);
      const [outcome] = await Promise.all([
        mint(() => one.insertNodeKeys(subject, 1, AT, [key(fresh)])),
        erase(() => two.shredSubject(shred(round, subject), [held])),
      ]);
      assert.deepEqual(await one.liveRefs(subject), [{ node: held, revision: 1 }]);
      return outcome;
    });
  });

  test("of a whole subject: nothing is read, and no row comes to be behind the purge", async () => {
    const client = await region.admin();
    await times(300, async (round) => {
      const subject = await someone(`whole ${round}`);
      const erase = async () => {
        await two.shredSubject(shred(round, subject), []);
        while ((await two.purgeSubject(subject, 10)) > 0);
      };
      await Promise.all([one.insertNodeKeys(subject, 1, AT, [key()]), erase()]);
      const { rows } = await client.query("SELECT 1 FROM node_key WHERE subject_id = $1", [
        subject,
      ]);
      assert.equal(rows.length, 0);
    });
  });

  test("of many: mints run side by side, one key is made once, and nobody waits in a ring", async () => {
    const atFirst = await deadlocks();
    const subject = await someone("of many");
    await times(100, async (round) => {
      const nodes = Array.from({ length: 8 }, () => randomIds.next("node"));
      const outcomes = await Promise.all([
        one.insertNodeKeys(
          subject,
          1,
          AT,
          nodes.map((node) => key(node)),
        ),
        two.insertNodeKeys(
          subject,
          1,
          AT,
          nodes.toReversed().map((node) => key(node)),
        ),
        two.insertNodeKeys(subject, 1, AT, [key(randomIds.next("node"))]),
      ]);
      assert.deepEqual(outcomes.sort(), ["inserted", "inserted", "present"]);
      const refs = nodes.map((node) => ({ node }));
      await Promise.all([
        one.shredNodes(shred(round, subject), refs),
        two.shredNodes(shred(round, subject), refs.toReversed()),
      ]);
    });
    assert.equal((await one.liveRefs(subject)).length, 100);
    assert.deepEqual(await deadlocks(), atFirst);
  });
});

test("while epochs begin, nothing is inserted under one that retires", async () => {
  await open();
  await begin(one);
  const race = { rounds: 200, outcomes: ["inserted", "epoch-changed"] } as const;
  await closeRace(race, async (insert, change, at) => {
    const epoch = at + 1;
    const subject = randomIds.next("subject");
    const row = { tenant: `tenant ${at}`, epoch, wrapped: bytes("k") };
    const inserts = [
      async () => (await register(two, subject, `name ${at}`, epoch)).outcome,
      () => two.insertTagKey(row),
      () => two.insertEvidenceKey({ ...row, subject }),
    ];
    const [counted, ...outcomes] = await Promise.all([
      change(async () => {
        await begin(one, epoch + 1, epoch);
        return one.rowsUnder(epoch);
      }),
      ...inserts.map((each) => insert<string>(each)),
    ]);
    assert.equal(await one.rowsUnder(epoch), counted);
    await one.endEpoch(epoch, { ...DESTROYED, epoch });
    return outcomes.includes("epoch-changed") ? "epoch-changed" : "inserted";
  });
});

const DESTROYED = {
  provider: "memory",
  destroyedAt: AT,
  method: "dropped",
  irreversibleAt: AT,
};

test("rotations of two keyrings beside mints and shreds lose no key and bring none back", async () => {
  await open();
  const root = memoryRootProvider({ clock: systemClock });
  const options = { root, clock: systemClock, ids: randomIds, region: "eu" };
  const left = await openKeyring({ ...options, store: one });
  const right = await openKeyring({ ...options, store: two });
  const { subject } = await left.register("acme", "ada");
  const kept = new Map<string, Buffer>();
  const erased = new Set<string>();
  const state = { rotating: true };

  const work = async (keyring: typeof left) => {
    const recent: NodeId[] = [];
    for (let round = 0; state.rotating; round += 1) {
      const refs = [1, 2].map((revision) => ({ node: randomIds.next("node"), revision }));
      const keys = await patiently(() => keyring.mintNodeKeys(subject, refs));
      for (const [at, ref] of refs.entries()) kept.set(keyName(ref), keys[at]!.export());
      recent.push(refs[0]!.node);
      // A rotation's turns come between: its last try alone waits for nobody.
      await pause(20 * Math.random());
      if (round % 4 !== 3) continue;
      const node = recent.shift()!;
      await keyring.shredNodes(subject, [{ node }], { ledgerIndex: round, at: AT });
      kept.delete(keyName({ node, revision: 1 }));
      erased.add(node);
    }
  };
  const working = Promise.all([work(left), work(right)]);
  const rotated = () => Promise.allSettled([left.rotate(), right.rotate()]);
  const last = async () => (await one.epochs()).at(-1)!.epoch;
  // However fast the machine rotates, it meets as many mints and shreds; and the other way round.
  const isMet = async () => kept.size > 50 && erased.size > 10 && (await last()) > 10;
  try {
    for (let round = 0; round < 20 || !(await isMet()); round += 1) {
      assert.ok(round < 2000, `${kept.size} kept, ${erased.size} erased, ${await last()} epochs`);
      await rotated();
    }
  } finally {
    state.rotating = false;
    await working;
  }

  for (const keyring of [left, right]) {
    const keys = await keyring.nodeKeys(subject);
    assert.deepEqual([...keys.keys()].sort(), [...kept.keys()].sort());
    for (const [name, secret] of kept) assert.deepEqual(keys.get(name)!.export(), secret);
  }
  for (const node of erased) {
    const again = left.mintNodeKeys(subject, [{ node: node as NodeId, revision: 9 }]);
    await assert.rejects(again, (error) => isOubliError(error, "KEY_SHREDDED"));
  }
  left.close();
  right.close();
});

/** A mint gives up after some tries when rotations follow upon one another without a pause. */
async function patiently<T>(run: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isOubliError(error, "CONFLICT")) throw error;
    }
  }
}
