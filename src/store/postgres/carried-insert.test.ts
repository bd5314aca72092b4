import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Append } from "#audit";
import { randomIds, type NodeId } from "#kernel";

import { administer } from "../../../test/support/postgres.ts";
import { AT, begin, key, register, shred } from "../conformance/key-store-fixture.ts";
import { of, row } from "../conformance/memory-samples.ts";
import { openAuditStore } from "./audit-store.ts";
import { openKeyStore } from "./key-store.ts";
import { openMemoryStore } from "./memory-store.ts";
import { asAdmin } from "./restore-steps.ts";
import { item, NOW, region, sampleAudit, SCHEMA } from "./sample-audit.test.ts";

const [KEYS, MEMORY] = [`"oubli_${region}_keys"`, `"oubli_${region}_memory"`];

/** One person, in stores that are of one database. */
async function onePerson() {
  const stack = new AsyncDisposableStack();
  const sample = stack.use(await sampleAudit());
  const where = { url: sample.place.url, region, accessLogs: 1 };
  const opened = <Store extends { close(): Promise<void> }>(store: Store) =>
    stack.adopt(store, (one) => one.close());
  const keys = opened(await openKeyStore(where));
  const audit = opened(await openAuditStore({ ...where, besideMemory: true }));
  const memory = opened(await openMemoryStore({ ...where, carries: true }));
  await begin(keys);
  const subject = randomIds.next("subject");
  await register(keys, subject, "ada");

  const remembering = async (node: NodeId, seq = 0) => {
    const minted = { subject, version: 1, at: AT, rows: [key(node)] };
    const carries = await memory.carried!(minted, of([row({ subject, node })]));
    const append: Append = { ...item("access", "remember", { subject, seq }), carries };
    return { append, carries };
  };
  const remember = async (seq = 0) => {
    const node = randomIds.next("node");
    const { append, carries } = await remembering(node, seq);
    const [done] = await audit.append([append], NOW);
    const answers = done?.status === "appended" ? done.answers : undefined;
    return { node, status: done?.status, inserted: answers && carries.inserted(answers) };
  };
  // The first append of a process goes under locks, later ones by comparison.
  await audit.append([item("access", "retrieve", { subject, seq: 0 })], NOW);
  return {
    audit,
    keys,
    sample,
    subject,
    remembering,
    remember,
    /** How much of what was carried stands, and in how many transactions entries and rows did. */
    async standing() {
      const { rows } = await asAdmin(sample.place.adminUrl, (admin) =>
        admin.query(`
          SELECT (SELECT count(*)::int FROM ${SCHEMA}.audit_leaf WHERE type = 'remember') AS entries,
            (SELECT count(*)::int FROM ${KEYS}.node_key) AS keys,
            (SELECT count(*)::int FROM ${MEMORY}.node) AS rows,
            (SELECT count(DISTINCT each.xmin::text)::int FROM (
              SELECT xmin FROM ${SCHEMA}.audit_leaf WHERE type = 'remember'
              UNION ALL SELECT xmin FROM ${MEMORY}.node) AS each) AS transactions`),
      );
      return rows[0] as Record<string, number>;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe("an entry that carries keys and rows", () => {
  test("is written with them in one transaction", async () => {
    await using person = await onePerson();
    const { inserted } = await person.remember();
    assert.deepEqual(inserted, { status: "inserted" });
    const all = { entries: 1, keys: 1, rows: 1, transactions: 1 };
    assert.deepEqual(await person.standing(), all);
  });

  test("is not written where the gate moved, and nothing of them is", async () => {
    await using person = await onePerson();
    assert.equal((await person.remember(7)).status, "stale");
    const none = { entries: 0, keys: 0, rows: 0, transactions: 0 };
    assert.deepEqual(await person.standing(), none);
  });

  test("stands alone where the keys are refused: a fence, or another subject key", async () => {
    await using person = await onePerson();
    const { keys, subject, sample } = person;
    await administer(sample.place.adminUrl, `UPDATE ${KEYS}.subject_key SET version = 2`);
    assert.equal((await person.remember()).inserted, null);
    await keys.shredSubject(shred(1, subject), []);
    assert.equal((await person.remember()).inserted, null);
    const alone = { entries: 2, keys: 0, rows: 0, transactions: 2 };
    assert.deepEqual(await person.standing(), alone);
  });

  test("carries nothing into schemas that a restore has put in place", async () => {
    await using person = await onePerson();
    await administer(
      person.sample.place.adminUrl,
      `ALTER SCHEMA ${MEMORY} RENAME TO before_the_restore`,
      `CREATE SCHEMA ${MEMORY}`,
      `CREATE TABLE ${MEMORY}.node AS TABLE before_the_restore.node`,
      `CREATE FUNCTION ${MEMORY}.insert_nodes(text, json, bytea, json, json, bytea, bigint, bigint)
        RETURNS json LANGUAGE sql AS 'SELECT NULL::json'`,
      `GRANT USAGE ON SCHEMA ${MEMORY} TO "oubli_${region}_memory"`,
    );
    assert.equal((await person.remember()).inserted, null);
    assert.equal((await person.standing())["keys"], 0);
  });

  test("carries nothing where it is not alone, or is appended under locks", async () => {
    await using person = await onePerson();
    const [one, two] = [randomIds.next("node"), randomIds.next("node")];
    const batch = [await person.remembering(one), await person.remembering(two)];
    const done = await person.audit.append(
      batch.map(({ append }) => append),
      NOW,
    );
    const other = await person.sample.store();
    await other.append([item("access", "retrieve", { subject: person.subject, seq: 0 })], NOW);
    assert.equal((await person.remember()).inserted, undefined);
    assert.deepEqual(
      done.map((each) => "answers" in each),
      [false, false],
    );
    assert.deepEqual(await person.standing(), { entries: 3, keys: 0, rows: 0, transactions: 2 });
  });

  test("leaves its connection the audit role again", async () => {
    await using person = await onePerson();
    for (let time = 0; time < 3; time += 1) await person.remember();
    assert.equal((await person.audit.head("access")).size, 4);
  });
});
