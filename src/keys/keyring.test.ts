import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { randomIds, utf8, type EpochMs, type NodeId } from "#kernel";

import { openKeyStore } from "../store/sqlite/key-store.ts";
import { KEYS_FAULT_POINTS, type Fault } from "./faults.ts";
import { fileRootProvider } from "./file-root.ts";
import { keyName } from "./key-names.ts";
import { openKeyring } from "./open-keyring.ts";

const order = { ledgerIndex: 1, at: 1_800_000_000_000 as EpochMs };
const ref = (node: NodeId = randomIds.next("node"), revision = 1) => ({ node, revision });

/** A folder with one store and one root, and a clock that only the test moves. */
function world() {
  const folder = mkdtempSync(join(tmpdir(), "oubli-keyring-"));
  const time = { now: 1_800_000_000_000 };
  const clock = { now: () => time.now as EpochMs };
  const opened: { close(): unknown }[] = [];
  return {
    folder,
    time,
    /** One process: its own connection, its own caches. */
    async process({ region = "eu", fault }: { region?: string; fault?: Fault } = {}) {
      const store = openKeyStore(join(folder, "keys.db"));
      opened.push(store);
      const root = fileRootProvider({ folder: join(folder, "root"), region, clock });
      const options = { store, root, clock, ids: randomIds, region };
      const keyring = await openKeyring(fault ? { ...options, fault } : options);
      opened.push(keyring);
      return Object.assign(keyring, { store, root });
    },
    [Symbol.dispose]() {
      for (const one of opened) one.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describe("the directory", () => {
  test("an external id has one subject for good, in one tenant, and can be read back", async () => {
    using place = world();
    const keys = await place.process();
    assert.equal(await keys.find("acme", "user-42"), null);
    const { subject, created } = await keys.register("acme", "user-42");
    assert.equal(created, true);
    assert.deepEqual(await keys.register("acme", "user-42"), { subject, created: false });
    assert.equal(await keys.find("acme", "user-42"), subject);
    assert.equal(await keys.find("evil", "user-42"), null);
    assert.equal(await keys.externalIdOf(subject), "user-42");
    assert.deepEqual(await keys.subjects("acme", { after: null, limit: 10 }), [subject]);
  });

  test("two processes that register the same external id at once get the same subject", async () => {
    using place = world();
    const [left, right] = [await place.process(), await place.process()];
    const names = Array.from({ length: 20 }, (_, number) => `user-${number}`);
    const both = [left, right].map((keys) =>
      Promise.all(names.map((name) => keys.register("acme", name))),
    );
    const [lefts, rights] = (await Promise.all(both)) as [unknown[], unknown[]];
    lefts.forEach((one, at) => {
      const [first, second] = [one, rights[at]] as { subject: string; created: boolean }[];
      assert.equal(first!.subject, second!.subject);
      assert.notEqual(first!.created, second!.created);
    });
  });

  test("a forgotten external id names nobody, and registers as somebody new", async () => {
    using place = world();
    const keys = await place.process();
    const { subject } = await keys.register("acme", "user-42");
    assert.deepEqual(await keys.forgetDirectoryRow(subject), { epoch: 1 });
    assert.equal(await keys.find("acme", "user-42"), null);
    assert.equal(await keys.externalIdOf(subject), null);
    assert.notEqual((await keys.register("acme", "user-42")).subject, subject);
  });

  test("an external id that is empty, too long, or not Unicode is refused, and not repeated", async () => {
    using place = world();
    const keys = await place.process();
    for (const name of ["", "x".repeat(513), "\ud800"]) {
      await assert.rejects(keys.register("acme", name), { code: "INPUT_INVALID" });
      await assert.rejects(keys.find("acme", name), { code: "INPUT_INVALID" });
    }
  });

  test("a directory row whose sealed id was taken from another subject does not open", async () => {
    using place = world();
    const keys = await place.process();
    const ada = await keys.register("acme", "ada");
    const { sealed } = (await keys.store.directoryRow(ada.subject))!;
    const subject = randomIds.next("subject");
    const row = { tenant: "acme", epoch: 1, lookup: utf8("x"), olderLookups: [] };
    const wrapped = new Uint8Array(61);
    await keys.store.registerSubject({ ...row, subject, sealed, wrapped });
    await assert.rejects(keys.externalIdOf(subject), { code: "SEAL_BROKEN" });
    assert.equal(await keys.externalIdOf(ada.subject), "ada");
  });
});

describe("node keys", () => {
  test("minted keys are given out in order, and are the same in another process", async () => {
    using place = world();
    const [here, there] = [await place.process(), await place.process()];
    const { subject } = await here.register("acme", "ada");
    const refs = [ref(), ref(), ref()];
    const minted = await here.mintNodeKeys(subject, refs);
    const read = await there.nodeKeys(subject);
    refs.forEach((one, at) => assert.ok(read.get(keyName(one))!.equals(minted[at]!)));
    assert.equal(new Set(minted.map((key) => key.export().toString("hex"))).size, 3);
  });

  test("only what was asked for is unwrapped, and what is not there is absent", async () => {
    using place = world();
    const keys = await place.process();
    const { subject } = await keys.register("acme", "ada");
    const refs = [ref(), ref()];
    await keys.mintNodeKeys(subject, refs);
    const found = await keys.nodeKeys(subject, [refs[1]!, ref()]);
    assert.deepEqual([...found.keys()], [keyName(refs[1]!)]);
    assert.equal((await keys.nodeKeys(randomIds.next("subject"))).size, 0);
  });

  test("a revision's key is never overwritten: the second mint is a conflict", async () => {
    using place = world();
    const keys = await place.process();
    const { subject } = await keys.register("acme", "ada");
    const one = ref();
    const [key] = await keys.mintNodeKeys(subject, [one]);
    await assert.rejects(keys.mintNodeKeys(subject, [one]), { code: "CONFLICT", retryable: true });
    assert.ok((await keys.nodeKeys(subject)).get(keyName(one))!.equals(key!));
    await keys.dropNodeKeys(subject, [one]);
    assert.equal((await keys.nodeKeys(subject)).size, 0);
    await keys.mintNodeKeys(subject, [one]);
  });

  test("a subject nobody registered has no keys to mint", async () => {
    using place = world();
    const keys = await place.process();
    const minting = keys.mintNodeKeys(randomIds.next("subject"), [ref()]);
    await assert.rejects(minting, { code: "NOT_FOUND" });
  });

  test("a row moved to another subject fails closed", async () => {
    using place = world();
    const keys = await place.process();
    const ada = (await keys.register("acme", "ada")).subject;
    const ben = (await keys.register("acme", "ben")).subject;
    const one = ref();
    await keys.mintNodeKeys(ada, [one]);
    const { nodes } = (await keys.store.nodeKeys(ada))!;
    await keys.store.insertNodeKeys(ben, 1, order.at, nodes);
    await assert.rejects(keys.nodeKeys(ben), { code: "SEAL_BROKEN" });
  });
});

describe("shredding", () => {
  test("a shredded node opens in no process, and is never minted again", async () => {
    using place = world();
    const [here, there] = [await place.process(), await place.process()];
    const { subject } = await here.register("acme", "ada");
    const [gone, stays] = [ref(), ref()];
    await here.mintNodeKeys(subject, [gone, stays]);
    assert.equal((await there.nodeKeys(subject)).size, 2);

    assert.deepEqual(await here.shredNodes(subject, [{ node: gone.node }], order), { epoch: 1 });

    for (const keys of [here, there]) {
      assert.deepEqual([...(await keys.nodeKeys(subject)).keys()], [keyName(stays)]);
      const again = keys.mintNodeKeys(subject, [ref(gone.node, 2)]);
      await assert.rejects(again, { code: "KEY_SHREDDED" });
      assert.deepEqual(await keys.liveRefs(subject), [stays]);
    }
  });

  test("an erased subject's rows open in no process, though another has its key cached", async () => {
    using place = world();
    const [here, there] = [await place.process(), await place.process()];
    const { subject } = await here.register("acme", "ada");
    await here.mintNodeKeys(subject, [ref(), ref(), ref()]);
    assert.equal((await there.nodeKeys(subject)).size, 3);

    assert.deepEqual(await here.shredSubject(subject, order), { epoch: 1 });

    assert.equal((await there.nodeKeys(subject)).size, 0);
    await assert.rejects(there.mintNodeKeys(subject, [ref()]), { code: "SUBJECT_ERASED" });
    await assert.rejects(here.mintNodeKeys(subject, [ref()]), { code: "SUBJECT_ERASED" });
    assert.equal(await here.purgeSubject(subject, 2), 2);
    assert.equal(await here.purgeSubject(subject, 2), 1);
    assert.equal(await here.purgeSubject(subject, 2), 0);
    assert.deepEqual(await here.shredSubject(subject, order), { epoch: 1 });
  });

  test("held nodes stay readable when the rest of the subject is erased, and nothing is added", async () => {
    using place = world();
    const keys = await place.process();
    const { subject } = await keys.register("acme", "ada");
    const [held, ...others] = [ref(), ref(), ref()];
    await keys.mintNodeKeys(subject, [held!, ...others]);
    await keys.shredSubject(subject, { ...order, except: [held!.node] });
    assert.deepEqual([...(await keys.nodeKeys(subject)).keys()], [keyName(held!)]);
    await assert.rejects(keys.mintNodeKeys(subject, [ref()]), { code: "SUBJECT_ERASED" });
    await keys.rotate();
    assert.deepEqual([...(await keys.nodeKeys(subject)).keys()], [keyName(held!)]);
    assert.deepEqual(await keys.shredSubject(subject, order), { epoch: 2 });
    assert.equal((await keys.nodeKeys(subject)).size, 0);
  });
});

describe("tags and evidence", () => {
  test("a tag is the same in every process and after a rotation, and another for other parts", async () => {
    using place = world();
    const [here, there] = [await place.process(), await place.process()];
    const tag = await here.tag("acme", "crm", "event-1");
    assert.deepEqual(await there.tag("acme", "crm", "event-1"), tag);
    assert.equal(tag.length, 32);
    for (const parts of [["crm", "event-2"], ["crmevent-1"], ["crm", "event-1", ""]]) {
      assert.notDeepEqual(await here.tag("acme", ...parts), tag);
    }
    assert.notDeepEqual(await here.tag("evil", "crm", "event-1"), tag);
    await here.rotate();
    place.time.now += 61_000;
    assert.deepEqual(await there.tag("acme", "crm", "event-1"), tag);
  });

  test("evidence survives the erasure of its subject and a rotation, until it is ended", async () => {
    using place = world();
    const keys = await place.process();
    const { subject } = await keys.register("acme", "ada");
    const consent = randomIds.next("consent");
    const sealed = await keys.sealEvidence(subject, consent, utf8("203.0.113.7"));
    await keys.shredSubject(subject, order);
    await keys.rotate();
    assert.deepEqual(await keys.openEvidence(subject, consent, sealed), utf8("203.0.113.7"));
    const other = keys.openEvidence(subject, randomIds.next("consent"), sealed);
    await assert.rejects(other, { code: "SEAL_BROKEN" });
    assert.deepEqual(await keys.endEvidence(subject), { epoch: 2 });
    const ended = keys.openEvidence(subject, consent, sealed);
    await assert.rejects(ended, { code: "KEY_SHREDDED" });
    const late = keys.sealEvidence(subject, consent, utf8("x"));
    await assert.rejects(late, { code: "SUBJECT_ERASED" });
  });
});

describe("a case's file", () => {
  const opening = () => ({ id: randomIds.next("case"), tenant: "acme", step: 0 });
  const letter = utf8("Dear Ada,");

  test("opens at its own case and step alone, under its own controller", async () => {
    using place = world();
    const keys = await place.process();
    const [one, two] = [opening(), opening()];
    const sealed = await keys.sealCase(one, letter);
    await keys.sealCase(two, letter);
    assert.deepEqual(await keys.openCase(one, sealed), letter);
    const elsewhere = [{ ...one, step: 1 }, { ...one, tenant: "evil" }, two];
    for (const place of elsewhere) {
      await assert.rejects(keys.openCase(place, sealed), { code: "SEAL_BROKEN" });
    }
  });

  test("outlives a rotation, in every process", async () => {
    using place = world();
    const [here, there] = [await place.process(), await place.process()];
    const of = opening();
    const sealed = await here.sealCase(of, letter);
    await here.rotate();
    assert.deepEqual(await there.openCase(of, sealed), letter);
  });

  test("is noise once its key was ended, and no later step brings the key back", async () => {
    using place = world();
    const keys = await place.process();
    const of = opening();
    const sealed = await keys.sealCase(of, letter);
    await keys.endCase(of.id);
    await assert.rejects(keys.openCase(of, sealed), { code: "KEY_SHREDDED" });
    const late = keys.sealCase({ ...of, step: 1 }, letter);
    await assert.rejects(late, { code: "KEY_SHREDDED" });
  });
});

describe("opening", () => {
  test("a missing root key is ROOT_MISSING, and no new one is made in its place", async () => {
    using place = world();
    const keys = await place.process();
    await keys.register("acme", "ada");
    renameSync(join(place.folder, "root"), join(place.folder, "elsewhere"));
    await assert.rejects(place.process(), { code: "ROOT_MISSING" });
    assert.deepEqual(await keys.root.epochs(), []);
    renameSync(join(place.folder, "elsewhere"), join(place.folder, "root"));
    assert.notEqual(await (await place.process()).find("acme", "ada"), null);
  });

  test("another region's store is refused", async () => {
    using place = world();
    await place.process();
    await assert.rejects(place.process({ region: "us" }), { code: "CONFIG_INVALID" });
  });

  test("several processes that open a new store at once agree on its first epoch", async () => {
    using place = world();
    const all = await Promise.all([place.process(), place.process(), place.process()]);
    const { subject } = await all[0]!.register("acme", "ada");
    for (const keys of all) {
      assert.equal(await keys.find("acme", "ada"), subject);
      assert.equal((await keys.epochs()).length, 1);
    }
    assert.equal((await all[0]!.root.epochs()).length, 1);
  });

  test("a step's two fault points are both listed", async () => {
    using place = world();
    const seen = new Set<string>();
    const keys = await place.process({ fault: (point) => void seen.add(point) });
    const { subject } = await keys.register("acme", "ada");
    const [one, two] = [ref(), ref()];
    await keys.mintNodeKeys(subject, [one, two]);
    await keys.dropNodeKeys(subject, [two]);
    await keys.tag("acme", "x");
    await keys.sealEvidence(subject, randomIds.next("consent"), utf8("x"));
    await keys.register("acme", "ben");
    const opening = { id: randomIds.next("case"), tenant: "acme", step: 0 };
    await keys.sealCase(opening, utf8("x"));
    await keys.shredNodes(subject, [one], order);
    await keys.rotate();
    await keys.endCase(opening.id);
    await keys.shredSubject(subject, order);
    await keys.purgeSubject(subject, 1);
    await keys.endEvidence(subject);
    await keys.forgetDirectoryRow(subject);
    assert.deepEqual([...seen].sort(), [...KEYS_FAULT_POINTS].sort());
  });
});
