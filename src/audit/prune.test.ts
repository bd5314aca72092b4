import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { DAY_MS, later, word } from "#kernel";
import { verifyTlogProof } from "#verify";

import { checkLogs } from "./check-log.ts";
import { readEntry } from "./entry.ts";
import { headAt, leafHash, rootOf } from "./merkle.ts";
import { pruneAccessLogs } from "./prune.ts";
import { NOW, app, openSample, place, tempFolder, type SampleLog } from "./sample-log.test.ts";

const rule = { ...place, policy: word("gdpr-6y"), actor: app, held: false };

/** When the entries of {@link aged} were written: the old ones, and those after `before`. */
const before = later(NOW, DAY_MS);

/** Fills a log with old entries and then with young ones. */
async function aged(sample: SampleLog, old: number, young: number): Promise<void> {
  await sample.fill(old);
  sample.clock.time = before;
  await sample.fill(young);
}

/** How many of the first entries have lost their bytes. */
async function prunedBelow({ store }: SampleLog): Promise<number> {
  const entries = await store.entries("access", { from: 0, limit: 10_000 });
  const first = entries.findIndex(({ bytes }) => bytes !== null);
  assert.ok(entries.slice(first).every(({ bytes }) => bytes !== null));
  return first;
}

describe("pruning the access log", () => {
  test("removes the bytes of whole bundles of old entries, and only those", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await aged(sample, 700, 100);
    assert.equal(await pruneAccessLogs(sample.log, { ...rule, before }), 512);
    assert.equal(await prunedBelow(sample), 512);
  });

  test("stops at the first bundle with a young entry, whatever comes after it", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await aged(sample, 300, 1);
    sample.clock.time = NOW;
    await sample.fill(600);
    assert.equal(await pruneAccessLogs(sample.log, { ...rule, before }), 256);
  });

  test("is first written into the ledger: range, root, rule and who approved it", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await aged(sample, 300, 1);
    const root = rootOf(await headAt((...at) => sample.store.hashes("access", ...at), 256));
    await pruneAccessLogs(sample.log, { ...rule, before });
    const [entry] = await sample.store.entries("ledger", { from: 0, limit: 1 });
    const { t, from, to, root: written, policy, approver } = readEntry(entry!.bytes!);
    assert.deepEqual([t, from, to, policy, approver], ["prune", 0, 256, "gdpr-6y", "app"]);
    assert.equal(written, Buffer.from(root).toString("base64url"));
    assert.ok((await sample.notary.last("ledger"))!.size >= 1);
    assert.ok((await sample.notary.last("access"))!.size >= 256);
  });

  test("goes on where the last one ended, and with nothing to do writes nothing", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await aged(sample, 1500, 0);
    assert.equal(await pruneAccessLogs(sample.log, { ...rule, before }), 1280);
    assert.equal(await pruneAccessLogs(sample.log, { ...rule, before }), 0);
    assert.equal((await sample.store.head("ledger")).size, 1);
    sample.clock.time = NOW;
    await sample.fill(300);
    assert.equal(await pruneAccessLogs(sample.log, { ...rule, before }), 512);
    const [, second] = await sample.store.entries("ledger", { from: 0, limit: 2 });
    const { from, to } = readEntry(second!.bytes!);
    assert.deepEqual([from, to], [1280, 1792]);
  });

  test("of an empty, a short or a young log removes and writes nothing", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    assert.equal(await pruneAccessLogs(sample.log, { ...rule, before }), 0);
    await sample.fill(255);
    assert.equal(await pruneAccessLogs(sample.log, { ...rule, before }), 0);
    await sample.fill(1);
    assert.equal(await pruneAccessLogs(sample.log, { ...rule, before: NOW }), 0);
    assert.equal((await sample.store.head("ledger")).size, 0);
  });

  test("is refused while a hold lies on the log", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await aged(sample, 300, 0);
    await assert.rejects(pruneAccessLogs(sample.log, { ...rule, before, held: true }), {
      code: "HELD",
    });
    assert.equal(await prunedBelow(sample), 0);
    assert.equal((await sample.store.head("ledger")).size, 0);
  });

  test("removes nothing that it could not write down and have signed first", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await aged(sample, 300, 0);
    const unsigned = {
      ...sample.log,
      checkpoints: {
        publish: () => Promise.resolve(),
        covering: () => Promise.reject(new Error("the notary does not answer")),
      },
    };
    await assert.rejects(pruneAccessLogs(unsigned, { ...rule, before }), /notary/);
    await sample.log.close();
    await assert.rejects(pruneAccessLogs(sample.log, { ...rule, before }), { code: "CLOSED" });
    assert.equal(await prunedBelow(sample), 0);
  });

  test("that was interrupted is finished by the next one", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await aged(sample, 1024, 10);
    await sample.store.prune("access", 512);
    assert.equal(await pruneAccessLogs(sample.log, { ...rule, before }), 512);
    assert.equal(await prunedBelow(sample), 1024);
  });
});

describe("after pruning", () => {
  test("every proof from before still verifies, and new ones can be made", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await aged(sample, 600, 10);
    const verifierKey = sample.notary.verifierKey("access");
    const entries = await sample.store.entries("access", { from: 0, limit: 600 });
    const some = [0, 100, 255, 256, 511, 599];
    const proveAll = () =>
      Promise.all(some.map((index) => sample.log.prove({ log: "access", index })));
    const old = await proveAll();
    assert.equal(await pruneAccessLogs(sample.log, { ...rule, before }), 512);
    for (const proofs of [old, await proveAll()]) {
      for (const [at, proof] of proofs.entries()) {
        // Whoever kept the entry's bytes can still show that they were logged.
        const leaf = leafHash(entries[some[at]!]!.bytes!);
        assert.ok((await verifyTlogProof({ proof, leaf, verifierKey })).valid);
      }
    }
  });

  test("the log opens, and its full check finds no fault and counts what went", async () => {
    using place = tempFolder();
    {
      await using sample = await openSample(place.path);
      await aged(sample, 600, 10);
      await pruneAccessLogs(sample.log, { ...rule, before });
    }
    await using sample = await openSample(place.path);
    const [access, ledger] = await checkLogs(sample.store, sample.notary);
    assert.deepEqual(
      [access!.pruned, access!.checked, access!.faults, ledger!.faults],
      [512, 98, [], []],
    );
  });

  test("bytes that went beyond what the ledger says are missed", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await aged(sample, 600, 10);
    await pruneAccessLogs(sample.log, { ...rule, before });
    await sample.store.prune("access", 520);
    const [access] = await checkLogs(sample.store, sample.notary);
    assert.deepEqual(access!.faults, [{ fault: "bytes-missing", index: 512 }]);
  });
});
