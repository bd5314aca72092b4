import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";

import { OubliError } from "#kernel";
import { parseVerifierKey, verifyCheckpoint, verifyConsistency, verifyTlogProof } from "#verify";

import type { LogName } from "./log-names.ts";
import { consistencyProof, leafHash, rootOf } from "./merkle.ts";
import type { Checkpoint } from "./notary.ts";
import { draft, openSample, tamper, tempFolder, type SampleLog } from "./sample-log.test.ts";

const run = promisify(execFile);

/** Fills a log, signs it and closes it. */
async function filled(folder: string, count: number): Promise<void> {
  await using sample = await openSample(folder);
  await sample.fill(count);
}

/** That `next` continues `last`, as an auditor would check it. */
async function continues(
  { store }: SampleLog,
  log: LogName,
  last: Checkpoint,
  next: Checkpoint,
): Promise<boolean> {
  const read = (...at: [number, number, number]) => store.hashes(log, ...at);
  return verifyConsistency({
    oldSize: last.size,
    oldRoot: last.root,
    newSize: next.size,
    newRoot: next.root,
    hashes: await consistencyProof(read, last.size, next.size),
  });
}

describe("a checkpoint", () => {
  test("is a signed note that a verifier of others reads: origin, size and root", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await sample.fill(5);
    const { note, root } = await sample.log.checkpoints.covering("access", 5);
    const key = sample.notary.verifierKey("access");
    const origin = sample.notary.origin("access");
    assert.match(origin, /^oubli\/[0-9a-f]{8}\/eu\/access$/);
    assert.equal((await parseVerifierKey(key))!.name, origin);
    const result = await verifyCheckpoint(note, key);
    assert.ok(result.valid);
    assert.deepEqual([result.checkpoint.origin, result.checkpoint.size], [origin, 5]);
    assert.deepEqual(Buffer.from(result.checkpoint.root), Buffer.from(root));
  });

  test("of one log is none of the other: each has its own key", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await sample.fill(1);
    const { note } = await sample.log.checkpoints.covering("access", 1);
    const result = await verifyCheckpoint(note, sample.notary.verifierKey("ledger"));
    assert.deepEqual(result, { valid: false, reason: "signature-missing" });
  });

  test("continues the one before it, however the log grew in between", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    let last: Checkpoint | null = null;
    for (const count of [1, 1, 5, 249, 1, 300, 7]) {
      await sample.fill(count);
      await sample.log.checkpoints.publish();
      const next: Checkpoint = (await sample.notary.last("access"))!;
      if (last) assert.ok(await continues(sample, "access", last, next));
      last = next;
    }
    assert.equal(last!.size, 564);
  });

  test("of a log that is not that long is not given", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await assert.rejects(sample.log.checkpoints.covering("ledger", 1), {
      code: "AUDIT_UNAVAILABLE",
    });
  });

  test("stays as it was while nothing is added, also after the log was opened again", async () => {
    using place = tempFolder();
    await filled(place.path, 3);
    await using sample = await openSample(place.path);
    const before = await sample.notary.last("access");
    await sample.log.checkpoints.publish();
    assert.deepEqual(await sample.notary.last("access"), before);
  });
});

test("each entry's proof verifies against its bytes, and no other entry's", async () => {
  using place = tempFolder();
  await using sample = await openSample(place.path);
  await sample.fill(20);
  const verifierKey = sample.notary.verifierKey("access");
  const entries = await sample.store.entries("access", { from: 0, limit: 20 });
  for (const { index, bytes } of entries) {
    const proof = await sample.log.prove({ log: "access", index });
    const result = await verifyTlogProof({ proof, leaf: leafHash(bytes!), verifierKey });
    assert.ok(result.valid && result.index === index);
    const other = leafHash(entries[(index + 1) % 20]!.bytes!);
    assert.deepEqual(await verifyTlogProof({ proof, leaf: other, verifierKey }), {
      valid: false,
      reason: "leaf-not-included",
    });
  }
});

describe("the log does not open when its notary has signed", () => {
  test("more than it has: an older copy of the database was put back", async () => {
    using place = tempFolder();
    const [file, copy] = [join(place.path, "audit.db"), join(place.path, "copy.db")];
    await filled(place.path, 5);
    copyFileSync(file, copy);
    await filled(place.path, 2);
    copyFileSync(copy, file);
    await assert.rejects(openSample(place.path), {
      code: "LOG_FORKED",
      details: { signed: 7, found: 5 },
    });
  });

  test("another history of the same length", async () => {
    using place = tempFolder();
    using forged = tempFolder();
    await filled(place.path, 5);
    await filled(forged.path, 5);
    copyFileSync(join(forged.path, "audit.db"), join(place.path, "audit.db"));
    await assert.rejects(openSample(place.path), { code: "LOG_FORKED" });
  });

  test("another history that is longer by now", async () => {
    using place = tempFolder();
    using forged = tempFolder();
    await filled(place.path, 300);
    await filled(forged.path, 700);
    copyFileSync(join(forged.path, "audit.db"), join(place.path, "audit.db"));
    await assert.rejects(openSample(place.path), { code: "LOG_FORKED" });
  });

  test("a leaf that is gone", async () => {
    using place = tempFolder();
    await filled(place.path, 5);
    tamper(join(place.path, "audit.db"), "DELETE FROM audit_access WHERE idx = 2");
    await assert.rejects(openSample(place.path), { code: "LOG_FORKED" });
  });

  test("nothing of that: an untouched log opens", async () => {
    using place = tempFolder();
    await filled(place.path, 300);
    await filled(place.path, 1);
    await using sample = await openSample(place.path);
    assert.equal((await sample.store.head("access")).size, 301);
  });
});

describe("the notary signs no head", () => {
  const forge = {
    "that is shorter": "UPDATE audit_head SET size = 2",
    "of the same length with another root": "UPDATE audit_head SET frontier = zeroblob(64)",
    "that does not continue the last": "UPDATE audit_head SET size = 4, frontier = zeroblob(32)",
  };
  for (const [what, statement] of Object.entries(forge)) {
    test(what, async () => {
      using place = tempFolder();
      await using sample = await openSample(place.path);
      await sample.fill(3);
      await sample.log.checkpoints.publish();
      const last = await sample.notary.last("access");
      tamper(sample.file, `${statement} WHERE log_id = 'access'`);
      await assert.rejects(sample.log.checkpoints.publish(), { code: "LOG_FORKED" });
      assert.deepEqual(await sample.notary.last("access"), last);
    });
  }

  test("whose proof is of another one", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    await sample.fill(3);
    await sample.log.checkpoints.publish();
    const last = await sample.notary.last("access");
    await sample.fill(3);
    const head = await sample.store.head("access");
    await assert.rejects(sample.notary.sign("access", last, head, [rootOf(head)]), {
      code: "LOG_FORKED",
    });
  });
});

describe("several publishers", () => {
  test("in one process never contradict each other", async () => {
    using place = tempFolder();
    await using one = await openSample(place.path);
    await using two = await openSample(place.path);
    const seen: Checkpoint[] = [];
    for (let round = 0; round < 15; round += 1) {
      await Promise.all([one.fill(2), two.fill(3)]);
      const size = (round + 1) * 5;
      const both = [one, two].map(({ log }) => log.checkpoints.covering("access", size));
      const [first, second] = await Promise.all(both);
      assert.deepEqual(Buffer.from(first!.root), Buffer.from(second!.root));
      seen.push(first!);
    }
    for (const [at, next] of seen.slice(1).entries()) {
      assert.ok(await continues(one, "access", seen[at]!, next));
    }
  });

  test("in several processes sign one history, and each gets what it asks for", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    const sampleLog = import.meta.resolve("./sample-log.test.ts");
    const program = `
      const { openSample, draft } = await import(${JSON.stringify(sampleLog)});
      await using sample = await openSample(${JSON.stringify(place.path)});
      for (let round = 0; round < 40; round += 1) {
        const { index } = await sample.log.record(draft());
        const { note, size } = await sample.log.checkpoints.covering("access", index + 1);
        if (size <= index) throw new Error("a checkpoint that does not cover its entry");
        console.log(JSON.stringify(note));
      }`;
    const options = ["--conditions=oubli-source", "--input-type=module", "-e", program];
    const outputs = await Promise.all([1, 2, 3].map(() => run(process.execPath, options)));
    const notes = outputs.flatMap(({ stdout }) =>
      stdout
        .split("\n")
        .filter((line) => line.startsWith('"'))
        .map((line) => JSON.parse(line) as string),
    );
    assert.equal(notes.length, 120);
    const final = await sample.log.checkpoints.covering("access", 120);
    for (const note of notes) {
      const result = await verifyCheckpoint(note, sample.notary.verifierKey("access"));
      assert.ok(result.valid);
      const { size, root } = result.checkpoint;
      assert.ok(await continues(sample, "access", { size, root, note }, final));
    }
  });

  test("give up when others always sign first, and never wait for ever", async () => {
    using place = tempFolder();
    await using sample = await openSample(place.path);
    const { createCheckpoints } = await import("./checkpoints.ts");
    const notary = { ...sample.notary, sign: async () => null };
    await sample.log.record(draft());
    await assert.rejects(createCheckpoints(sample.store, notary).covering("access", 1), (error) => {
      assert.ok(error instanceof OubliError);
      return error.code === "AUDIT_UNAVAILABLE";
    });
  });
});
