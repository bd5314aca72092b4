import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Append } from "#audit";
import { randomIds, type SubjectId } from "#kernel";

import { administer } from "../../../test/support/postgres.ts";
import { openAuditStore } from "./audit-store.ts";
import { item, NOW, region, sampleAudit } from "./sample-audit.test.ts";

const MEMORY = `"oubli_${region}_memory"`;

/** Two people, of whom memory tells a number, and a log for both. */
async function twoPeople() {
  const sample = await sampleAudit();
  const [ada, bob] = [randomIds.next("subject"), randomIds.next("subject")];
  await administer(
    sample.place.adminUrl,
    `INSERT INTO ${MEMORY}.subject_change VALUES ('${ada}', 3), ('${bob}', 5)`,
  );
  const where = { url: sample.place.url, region, accessLogs: 1 };
  const store = await openAuditStore({ ...where, besideMemory: true });
  return {
    ada,
    bob,
    sample,
    store,
    append: async (...changes: [SubjectId, number][]) => {
      const items = changes.map(([subject, change]) => reading(subject, change));
      return (await store.append(items, NOW)).map(({ status }) => status);
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await sample[Symbol.asyncDispose]();
    },
  };
}

function reading(subject: SubjectId, change: number): Append {
  const one = item("access", "retrieve", { subject, seq: 0 });
  return { ...one, check: { ...one.check!, change } };
}

describe("an append that compares change numbers", () => {
  test("adds what rests on the number there is, under locks and without", async () => {
    await using people = await twoPeople();
    const { ada, bob, append } = people;
    // The first append of a process goes under locks, later ones by comparison.
    assert.deepEqual(await append([ada, 3], [bob, 5]), ["appended", "appended"]);
    assert.deepEqual(await append([ada, 3], [bob, 5]), ["appended", "appended"]);
    assert.equal((await people.store.head("access")).size, 4);
  });

  test("of a batch, refuses only whose set is behind, under locks and without", async () => {
    await using people = await twoPeople();
    const { ada, bob, append } = people;
    const batch: [SubjectId, number][] = [
      [ada, 2],
      [bob, 5],
      [ada, 3],
    ];
    assert.deepEqual(await append(...batch), ["stale", "appended", "appended"]);
    assert.deepEqual(await append(...batch), ["stale", "appended", "appended"]);
    assert.deepEqual(await append([ada, 2], [bob, 4]), ["stale", "stale"]);
    assert.equal((await people.store.head("access")).size, 4);
  });

  test("gives those that do not compare to the locks where the head moved as well", async () => {
    await using people = await twoPeople();
    const { ada, bob, append, store } = people;
    await append([ada, 3]);
    const other = await people.sample.store();
    const plain = (): Append => item("access", "retrieve", { subject: bob, seq: 0 });
    await other.append([plain()], NOW);
    const outcomes = await store.append([reading(ada, 2), plain()], NOW);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["stale", "appended"],
    );
  });

  test("counts nothing told as 0", async () => {
    await using people = await twoPeople();
    const eve = randomIds.next("subject");
    for (let time = 0; time < 2; time += 1) {
      assert.deepEqual(await people.append([eve, 0]), ["appended"]);
      assert.deepEqual(await people.append([eve, 1]), ["stale"]);
    }
  });

  test("reads them as the memory role, and is the audit role again, also where it failed", async () => {
    await using people = await twoPeople();
    await people.append([people.ada, 3]);
    const revoke = `REVOKE SELECT ON ${MEMORY}.subject_change FROM "oubli_${region}_memory"`;
    await administer(people.sample.place.adminUrl, revoke);
    await assert.rejects(people.append([people.ada, 3]));
    // Each batch looks whether its connection is still the role that it took.
    assert.equal((await people.store.head("access")).size, 1);
  });

  test("refuses a set of memories that a restore has replaced, though its number comes round again", async () => {
    await using people = await twoPeople();
    const { ada, append } = people;
    for (let time = 0; time < 2; time += 1) assert.deepEqual(await append([ada, 3]), ["appended"]);
    const role = `"oubli_${region}_memory"`;
    await administer(
      people.sample.place.adminUrl,
      `ALTER SCHEMA ${MEMORY} RENAME TO before_the_restore`,
      `CREATE SCHEMA ${MEMORY}`,
      `CREATE TABLE ${MEMORY}.subject_change AS TABLE before_the_restore.subject_change`,
      `GRANT USAGE ON SCHEMA ${MEMORY} TO ${role}`,
      `GRANT SELECT ON ${MEMORY}.subject_change TO ${role}`,
    );
    assert.deepEqual(await append([ada, 3]), ["stale"]);
    assert.equal((await people.store.head("access")).size, 2);
  });

  test("is no way of a store that was not told of a memory beside it", async () => {
    await using people = await twoPeople();
    assert.equal((await people.sample.store()).comparesChanges, false);
    assert.equal(people.store.comparesChanges, true);
  });
});
