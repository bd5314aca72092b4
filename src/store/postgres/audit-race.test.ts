import assert from "node:assert/strict";
import { describe, test } from "node:test";

import pg from "pg";

import type { Append, AuditStore } from "#audit";
import { randomIds, type SubjectId } from "#kernel";

import { closeRace } from "../../../test/support/close-race.ts";
import { until } from "../../../test/support/until.ts";
import { beginErasure, item, NOW, sampleAudit, SCHEMA } from "./sample-audit.test.ts";

const ROUNDS = process.env["OUBLI_THOROUGH"] === "1" ? 1000 : 250;

const retrieval = (subject: SubjectId, seq: number) => item("access", "retrieve", { subject, seq });
const intent = (subject: SubjectId, seq: number) =>
  item("ledger", "erase.intent", { subject, seq, effects: [beginErasure(subject)] });
const bump = (subject: SubjectId) =>
  item("ledger", "restrict", { subject, seq: 0, effects: [{ kind: "gate", subject, pending: 0 }] });

/**
 * Has the server itself write down what it sees while each entry is added: a retrieval that is
 * added where a committed intent of its subject can be seen, and an intent that is added where a
 * retrieval that was accepted cannot be seen.
 */
const WITNESS = [
  "CREATE TABLE witness (subject_id text, type text, other bigint)",
  `CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
     SET search_path = ${SCHEMA} AS $$
   BEGIN
     INSERT INTO witness SELECT new.subject_id, new.type, count(*) FROM audit_leaf
       WHERE subject_id = new.subject_id AND type <> new.type AND type <> 'restrict';
     RETURN NULL;
   END $$`,
  "CREATE TRIGGER look AFTER INSERT ON audit_leaf FOR EACH ROW EXECUTE FUNCTION look()",
];

describe("an intent and an append race between two connections", () => {
  test(`${ROUNDS} times: no retrieval is added after an intent with a stale gate`, async () => {
    await using sample = await sampleAudit();
    await sample.attack(...WITNESS);
    const [one, two] = [await sample.store(), await sample.store()];
    const accepted = new Set<SubjectId>();
    let rounds = 0;
    const race = { rounds: ROUNDS, met: ROUNDS / 20, outcomes: ["appended", "stale"] } as const;
    await closeRace<string>(race, async (read, begin, round) => {
      const subject = randomIds.next("subject");
      // Every second subject has no gate row yet: two calls then race to make it.
      const seq = round % 2;
      if (seq === 1) await one.append([bump(subject)], NOW);
      const [[done], [begun]] = await Promise.all([
        read(() => one.append([retrieval(subject, seq)], NOW)),
        begin(() => two.append([intent(subject, seq)], NOW)),
      ]);
      assert.equal(begun!.status, "appended");
      if (done!.status === "appended") accepted.add(subject);
      const [after] = await one.append([retrieval(subject, seq)], NOW);
      assert.equal(after!.status, "stale");
      rounds += 1;
      return done!.status;
    });
    const client = new pg.Client({ connectionString: sample.place.adminUrl });
    await client.connect();
    const { rows } = await client.query(`SELECT subject_id, type, other FROM ${SCHEMA}.witness`);
    await client.end();
    const seen = rows as { subject_id: SubjectId; type: string; other: string }[];
    const late = seen.filter(({ type, other }) => type === "retrieve" && other !== "0");
    assert.deepEqual(late, []);
    const intents = seen.filter(({ type }) => type === "erase.intent");
    assert.equal(intents.length, rounds);
    for (const { subject_id: subject, other } of intents) {
      assert.equal(other, accepted.has(subject) ? "1" : "0");
    }
  });

  test("an intent waits for a retrieval that has compared its gate already", async () => {
    await using sample = await sampleAudit();
    const [one, two] = [await sample.store(), await sample.store()];
    const subject = randomIds.next("subject");
    await one.append([bump(subject)], NOW);
    await one.append([retrieval(subject, 1)], NOW);
    await using head = await heldHead(sample.place.adminUrl, "access");
    const order: string[] = [];
    const note = async (store: AuditStore, what: string, of: Append) => {
      const [done] = await store.append([of], NOW);
      order.push(`${what} ${done!.status}`);
    };
    const read = note(one, "retrieval", retrieval(subject, 1));
    await head.waiters(1);
    const begun = note(two, "intent", intent(subject, 1));
    await head.waiters(2);
    assert.deepEqual(order, []);
    await head.release();
    await Promise.all([read, begun]);
    assert.deepEqual(order, ["retrieval appended", "intent appended"]);
  });

  test("a retrieval that waits for an intent finds its gate moved", async () => {
    await using sample = await sampleAudit();
    const [one, two] = [await sample.store(), await sample.store()];
    const subject = randomIds.next("subject");
    await one.append([bump(subject)], NOW);
    await one.append([retrieval(subject, 1)], NOW);
    await using head = await heldHead(sample.place.adminUrl, "ledger");
    const begun = two.append([intent(subject, 1)], NOW);
    await head.waiters(1);
    const read = one.append([retrieval(subject, 1)], NOW);
    await head.waiters(2);
    await head.release();
    assert.equal((await begun)[0]!.status, "appended");
    assert.equal((await read)[0]!.status, "stale");
  });
});

/** Keeps a log's head from everybody else, and sees how many stand and wait. */
async function heldHead(url: string, log: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("BEGIN");
  await client.query(`SELECT FROM ${SCHEMA}.audit_head WHERE log_id = $1 FOR UPDATE`, [log]);
  const waiting = `SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return {
    waiters: (count: number): Promise<void> =>
      until(
        async () => {
          // Each look is to see what is so now, and not what it was as the transaction began.
          await client.query("SELECT pg_stat_clear_snapshot()");
          return (await client.query(waiting)).rowCount === count;
        },
        () => `${count} wait for a lock`,
      ),
    release: () => client.query("COMMIT"),
    [Symbol.asyncDispose]: () => client.end(),
  };
}
