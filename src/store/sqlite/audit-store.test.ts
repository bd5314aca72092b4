import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import { randomIds, word, type EpochMs } from "#kernel";

import { auditStoreRules } from "../conformance/audit-store-rules.ts";
import { caseStoreRules } from "../conformance/case-store-rules.ts";
import type { Rule } from "../conformance/rule.ts";
import { tallyStoreRules } from "../conformance/tally-store-rules.ts";
import { openAuditStore } from "./audit-store.ts";
import { auditSchema } from "./audit-schema.ts";
import { openDatabase } from "./database.ts";

function folder() {
  const path = mkdtempSync(join(tmpdir(), "oubli-audit-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

keeps("audit store", auditStoreRules, (store) => store);
keeps("store of cases", caseStoreRules, ({ cases }) => cases);
keeps("store of counts", tallyStoreRules, ({ tallies }) => tallies);

function keeps<Port>(
  what: string,
  rules: readonly Rule<Port>[],
  portOf: (store: ReturnType<typeof openAuditStore>) => Port,
): void {
  describe(`the SQLite audit database keeps the promises of every ${what}`, () => {
    for (const { rule, check } of rules) {
      test(rule, async () => {
        using place = folder();
        const store = openAuditStore(join(place.path, "audit.db"));
        await check(portOf(store));
        await store.close();
      });
    }
  });
}

test("two open stores of one file see each other's appends at once", async () => {
  using place = folder();
  const [one, two] = [0, 1].map(() => openAuditStore(join(place.path, "audit.db")));
  const subject = randomIds.next("subject");
  const bump = { kind: "gate", subject, pending: 0 } as const;
  const now = 1 as EpochMs;
  const id = randomIds.next("entry");
  const entries = [{ id, type: "restrict", ts: now, subject, bytes: Uint8Array.of(1) } as const];
  const rounds = Array.from({ length: 50 }, () => [one!, two!]).flat();
  const item = { log: "ledger", entries, check: null, effects: [bump] } as const;
  await Promise.all(rounds.map((store) => store.append([item], now)));
  assert.equal((await one!.gate(subject)).seq, 100);
  assert.equal((await two!.head("ledger")).size, 100);
  await Promise.all([one!.close(), two!.close()]);
});

test("a damaged row is named, and no other's is the worse for it", async () => {
  using place = folder();
  const file = join(place.path, "audit.db");
  const store = openAuditStore(file);
  const at = 1 as EpochMs;
  const [ada, ben] = [randomIds.next("subject"), randomIds.next("subject")];
  const lease = { holder: randomIds.next("lease"), now: at, until: at };
  const common = { tenant: word("acme"), reason: word("asked") };
  for (const subject of [ada, ben]) {
    const own = { ...common, subject };
    const row = {
      ...own,
      id: randomIds.next("erasure"),
      kind: "forget",
      nodes: [],
      held: [],
      remake: [],
      startedAt: at,
    } as const;
    const scope = { subject: true } as const;
    const queued = { ...own, id: randomIds.next("erasure"), scope, queuedAt: at };
    const facts = { nodes: null, category: null, purpose: null, since: at, case: word("c") };
    const hold = { ...own, ...facts, id: randomIds.next("hold") };
    const effects = [
      { kind: "erasure.begin", row, lease },
      { kind: "queue", row: queued },
      { kind: "hold", row: hold },
    ] as const;
    await store.append([{ log: "ledger", entries: [], check: null, effects }], at);
  }
  const damage = {
    erasure: ["nodes = '{'", "nodes = '{}'", "nodes = '[1]'", "held = '[1]'", "remake = '[{}]'"],
    erasure_queue: ["scope = ''", "scope = '[]'", "scope = '{}'"],
    hold: ["nodes = '0'"],
  };
  for (const [table, edits] of Object.entries(damage)) {
    for (const edit of edits) {
      using sql = new DatabaseSync(file);
      sql.exec(`UPDATE ${table} SET ${edit} WHERE subject_id = '${ada}'`);
      await outcome(table);
      const whole = { nodes: "'[]'", held: "'[]'", remake: "'[]'", scope: `'{"subject":true}'` };
      const [column] = edit.split(" ") as [keyof typeof whole];
      const value = table === "hold" ? "NULL" : whole[column];
      sql.exec(`UPDATE ${table} SET ${column} = ${value}`);
    }
  }

  async function outcome(table: string): Promise<void> {
    const named = { subject: ada, damaged: table };
    const damagedOf = (rows: readonly object[]) => rows.filter((row) => "damaged" in row);
    const refusal = { code: "STORE_DAMAGED", details: { table }, retryable: false };
    if (table === "erasure_queue") {
      const all = await store.queued({ after: null, limit: 9 });
      assert.equal(all.length, 2);
      assert.partialDeepStrictEqual(damagedOf(all), [named]);
    } else {
      await assert.rejects(store.facts(ada), refusal);
    }
    if (table === "erasure") {
      const claimed = await store.claimErasures({ ...lease, now: (at + 1) as EpochMs }, 9);
      assert.equal(claimed.length, 2);
      assert.partialDeepStrictEqual(damagedOf(claimed), [named]);
    }
    assert.equal((await store.facts(ben)).pending.length, 1);
  }
  await store.close();
});

test("a constraint that fails is a defect of the file: it is not to be tried again", async () => {
  using place = folder();
  const file = join(place.path, "audit.db");
  const store = openAuditStore(file);
  const subject = randomIds.next("subject");
  const sealed = { id: randomIds.next("entry"), type: "restrict", ts: 1 as EpochMs } as const;
  const entry = { ...sealed, subject, bytes: new Uint8Array(9) };
  const append = () =>
    store.append([{ log: "ledger", entries: [entry], check: null, effects: [] }], entry.ts);
  await append();
  using sql = new DatabaseSync(file);
  sql.exec("UPDATE audit_head SET size = 0, frontier = x''");
  await assert.rejects(append(), { code: "STORE_DAMAGED", retryable: false });
  await store.close();
});

test("SQLite itself refuses to change or remove history", () => {
  using place = folder();
  const database = openDatabase(join(place.path, "audit.db"), auditSchema);
  database.sql.exec(`
    INSERT INTO audit_ledger VALUES (0, x'00', 0, 'config', NULL, x'00');
    INSERT INTO audit_access VALUES (0, x'00', 0, 'deny', NULL, x'00'), (1, x'00', 0, 'deny', NULL, NULL);
    INSERT INTO consent VALUES ('s', 'p', 0, 0, 'c', 1, 0, NULL, 'v1', 'm', NULL);`);
  for (const statement of [
    "UPDATE audit_ledger SET leaf_hash = x'01'",
    "UPDATE audit_ledger SET entry = NULL",
    "DELETE FROM audit_ledger",
    "INSERT OR REPLACE INTO audit_ledger VALUES (0, x'01', 0, 'config', NULL, x'00')",
    "UPDATE audit_access SET entry = x'01' WHERE idx = 0",
    "UPDATE audit_access SET entry = x'01' WHERE idx = 1",
    "UPDATE audit_access SET entry = NULL, ts = 1",
    "UPDATE audit_access SET entry = NULL, idx = 9 WHERE idx = 0",
    "DELETE FROM audit_access",
    "UPDATE consent SET granted = 0",
    "DELETE FROM consent",
  ]) {
    assert.throws(() => database.sql.exec(statement), /append-only/);
  }
  database.close();
});
