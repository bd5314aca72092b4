import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";

import { checkLogs, FAULTS_MAX, type LogFault } from "./check-log.ts";
import { headAt, leafHash, type ReadHashes } from "./merkle.ts";
import { ben, draft, openSample, sealed, tamper, tempFolder } from "./sample-log.test.ts";
import type { SampleLog } from "./sample-log.test.ts";

/** Two full tiles and a part of a third. */
const SIZE = 600;

const blob = (bytes: Uint8Array) => `x'${Buffer.from(bytes).toString("hex")}'`;

/** Fills and signs a log, lets someone at its file, and checks it. */
async function faultsAfter(
  forge: (sample: SampleLog) => string | Promise<string>,
): Promise<readonly LogFault[]> {
  using place = tempFolder();
  await using sample = await openSample(place.path);
  await sample.fill(SIZE);
  await sample.log.record(draft("key.epoch"));
  await sample.log.checkpoints.publish();
  tamper(sample.file, await forge(sample));
  const [access, ledger] = await checkLogs(sample.store, sample.notary);
  assert.deepEqual(ledger!.faults, []);
  return access!.faults;
}

/** The statement that makes the stored head that of the first `size` leaves. */
async function headOf({ store }: SampleLog, size: number): Promise<string> {
  const read: ReadHashes = (...at) => store.hashes("access", ...at);
  const { frontier } = await headAt(read, size);
  const set = `size = ${size}, frontier = ${blob(Buffer.concat(frontier))}`;
  return `UPDATE audit_head SET ${set} WHERE log_id = 'access'`;
}

const swapLeaves = (one: number, two: number) => `
  UPDATE audit_access SET idx = -idx - 1 WHERE idx IN (${one}, ${two});
  UPDATE audit_access SET idx = ${one} + ${two} + idx + 1 WHERE idx < 0`;

/** Writes an entry of one's own, with the hash that fits it. */
const replaceEntry = (at: number, bytes: Uint8Array) => `
  UPDATE audit_access SET entry = ${blob(bytes)}, leaf_hash = ${blob(leafHash(bytes))}
    WHERE idx = ${at}`;

const changed = (index: number): LogFault[] => [{ fault: "entry-changed", index }];

describe("a log that nobody touched", () => {
  test("has no fault, and every entry of it was checked", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await sample.fill(SIZE);
    await sample.log.record([draft("key.epoch"), draft("prune")]);
    const progress: number[] = [];
    const checks = await checkLogs(sample.store, sample.notary, (done) => progress.push(done));
    const whole = { pruned: 0, faults: [] };
    assert.deepEqual(checks, [
      { log: "access", size: SIZE, checked: SIZE, ...whole },
      { log: "ledger", size: 2, checked: 2, ...whole },
    ]);
    assert.equal(
      progress.reduce((sum, done) => sum + done, 0),
      SIZE + 2,
    );
  });

  test("has none while it grows, nor when it is empty", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    for (let round = 0; round < 20; round += 1) {
      const growing = sample.fill(40).then(() => sample.log.checkpoints.publish());
      for (const { faults } of await checkLogs(sample.store, sample.notary)) {
        assert.deepEqual(faults, []);
      }
      await growing;
    }
  });
});

describe("the check finds and names", () => {
  const unsigned: LogFault[] = [
    { fault: "checkpoint-wrong", index: SIZE },
    { fault: "head-wrong", index: SIZE },
  ];
  const cases: [string, (sample: SampleLog) => string | Promise<string>, LogFault[]][] = [
    [
      "an entry whose bytes were edited",
      () => `UPDATE audit_access SET entry = CAST(entry || ' ' AS BLOB) WHERE idx = 5`,
      changed(5),
    ],
    [
      "an entry that was moved to another person's",
      () => `UPDATE audit_access SET subject_id = '${ben}' WHERE idx = 7`,
      changed(7),
    ],
    [
      "an entry that was back-dated in the index",
      () => "UPDATE audit_access SET ts = 1 WHERE idx = 590",
      changed(590),
    ],
    [
      "an entry that was edited together with its hash, in a full tile",
      () => replaceEntry(5, sealed().bytes),
      [{ fault: "tile-wrong", index: 255 }, ...unsigned],
    ],
    [
      "an entry that was edited together with its hash, in the last tile",
      () => replaceEntry(590, sealed().bytes),
      unsigned,
    ],
    [
      "bytes that are no entry, under a hash that fits them",
      () => replaceEntry(590, Buffer.from("{")),
      [...changed(590), ...unsigned],
    ],
    [
      "an entry of the other log",
      () => replaceEntry(590, sealed(draft("restrict")).bytes),
      [...changed(590), ...unsigned],
    ],
    [
      "a leaf that was removed",
      () => "DELETE FROM audit_access WHERE idx = 300",
      [{ fault: "leaf-missing", index: 300 }],
    ],
    [
      "a last leaf that was removed",
      () => `DELETE FROM audit_access WHERE idx = ${SIZE - 1}`,
      [{ fault: "leaf-missing", index: SIZE - 1 }],
    ],
    [
      "bytes that were removed",
      () => "UPDATE audit_access SET entry = NULL WHERE idx = 300",
      [{ fault: "bytes-missing", index: 300 }],
    ],
    [
      "bytes that were removed from the start, as if pruned, without a prune entry",
      () => "UPDATE audit_access SET entry = NULL WHERE idx < 256",
      [{ fault: "bytes-missing", index: 0 }],
    ],
    [
      "two entries that changed places in a full tile",
      () => swapLeaves(3, 4),
      [{ fault: "tile-wrong", index: 255 }, ...unsigned],
    ],
    ["two entries that changed places in the last tile", () => swapLeaves(590, 591), unsigned],
    [
      "two tile hashes that changed places",
      () => `UPDATE audit_hash SET idx = -idx - 1 WHERE log_id = 'access';
        UPDATE audit_hash SET idx = idx + 2 WHERE log_id = 'access'`,
      [
        { fault: "tile-wrong", index: 255 },
        { fault: "tile-wrong", index: 511 },
      ],
    ],
    [
      "a tile hash that was removed",
      () => "DELETE FROM audit_hash WHERE log_id = 'access' AND idx = 1",
      [{ fault: "tile-wrong", index: 511 }],
    ],
    [
      "a head that was put back, with the leaves still there",
      (sample) => headOf(sample, SIZE - 1),
      [
        { fault: "checkpoint-wrong", index: SIZE },
        { fault: "head-wrong", index: SIZE - 1 },
      ],
    ],
    [
      "a head that was put back with its leaves: the notary has signed more",
      async (sample) => `${await headOf(sample, SIZE - 1)};
        DELETE FROM audit_access WHERE idx = ${SIZE - 1}`,
      [{ fault: "checkpoint-wrong", index: SIZE }],
    ],
    [
      "a head with another root",
      () => "UPDATE audit_head SET frontier = zeroblob(length(frontier)) WHERE log_id = 'access'",
      [{ fault: "head-wrong", index: SIZE }],
    ],
    [
      "a checkpoint that the notary's key did not sign",
      (sample) => {
        tamper(
          join(sample.folder, "notary.db"),
          "UPDATE signed SET note = replace(note, char(10), ' ') WHERE log_id = 'access'",
        );
        return "";
      },
      [{ fault: "checkpoint-wrong", index: SIZE }],
    ],
  ];
  for (const [what, forge, faults] of cases) {
    test(what, async () => {
      assert.deepEqual(await faultsAfter(forge), faults);
    });
  }

  test("at most the first faults, of a log that has nothing else", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await sample.fill(FAULTS_MAX + 200);
    tamper(sample.file, "UPDATE audit_access SET entry = x'7b7d'");
    const [access] = await checkLogs(sample.store, sample.notary);
    assert.equal(access!.faults.length, FAULTS_MAX);
    assert.deepEqual([access!.checked, access!.size], [0, FAULTS_MAX + 200]);
  });
});
