import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { isOubliError, randomIds, type EpochMs } from "#kernel";

import { testDatabase, type TestDatabase } from "../../../test/support/postgres.ts";
import { auditStoreRules } from "../conformance/audit-store-rules.ts";
import { caseStoreRules } from "../conformance/case-store-rules.ts";
import type { Rule } from "../conformance/rule.ts";
import { tallyStoreRules } from "../conformance/tally-store-rules.ts";
import { auditSchema } from "./audit-schema.ts";
import { openAuditStore } from "./audit-store.ts";
import { EVERY_SUBJECT, openDatabase } from "./database.ts";
import { migrate } from "./migrate.ts";

let place: TestDatabase;
let regions = 0;

/** An empty store: a region of its own in the file's database. */
async function region(): Promise<string> {
  const name = `audit-${(regions += 1)}`;
  const schemas = [auditSchema];
  await migrate({ url: place.adminUrl, region: name, schemas, logins: [place.login] });
  return name;
}

before(async () => {
  place = await testDatabase();
});
after(() => place[Symbol.asyncDispose]());

keeps("audit store", auditStoreRules, (store) => store);
keeps("store of cases", caseStoreRules, ({ cases }) => cases);
keeps("store of counts", tallyStoreRules, ({ tallies }) => tallies);

function keeps<Port>(
  what: string,
  rules: readonly Rule<Port>[],
  portOf: (store: Awaited<ReturnType<typeof openAuditStore>>) => Port,
): void {
  describe(`the PostgreSQL audit database keeps the promises of every ${what}`, () => {
    for (const { rule, check } of rules) {
      test(rule, async () => {
        const where = { url: place.url, region: await region() };
        const store = await openAuditStore({ ...where, leases: "caller" });
        try {
          await check(portOf(store));
        } finally {
          await store.close();
        }
      });
    }
  });
}

test("two open stores of one database see each other's appends at once", async () => {
  const where = { url: place.url, region: await region() };
  const [one, two] = [await openAuditStore(where), await openAuditStore(where)];
  const subject = randomIds.next("subject");
  const bump = { kind: "gate", subject, pending: 0 } as const;
  const now = 1 as EpochMs;
  const id = randomIds.next("entry");
  const entries = [{ id, type: "restrict", ts: now, subject, bytes: Uint8Array.of(1) } as const];
  const rounds = Array.from({ length: 50 }, () => [one, two]).flat();
  const item = { log: "ledger", entries, check: null, effects: [bump] } as const;
  await Promise.all(rounds.map((store) => store.append([item], now)));
  assert.equal((await one.gate(subject)).seq, 100);
  assert.equal((await two.head("ledger")).size, 100);
  await Promise.all([one.close(), two.close()]);
});

test("the application's role may not change or remove history", async () => {
  const where = { url: place.url, region: await region() };
  const database = await openDatabase({ ...where, schema: auditSchema });
  for (const text of [
    "UPDATE audit_leaf SET leaf_hash = ''",
    "DELETE FROM audit_leaf",
    "TRUNCATE audit_leaf",
    "UPDATE audit_bytes SET entry = ''",
    "TRUNCATE audit_bytes",
    "UPDATE audit_hash SET hash = ''",
    "DELETE FROM audit_hash",
    "DELETE FROM audit_head",
    "DELETE FROM subject_gate",
    "UPDATE consent SET granted = false",
    "DELETE FROM consent",
    "UPDATE consent_evidence SET sealed = ''",
    "DELETE FROM erasure",
  ]) {
    const refused = database.write(EVERY_SUBJECT, [{ text, values: [] }]);
    await assert.rejects(refused, (error) => {
      return isOubliError(error) && error.details["sqlstate"] === "42501";
    });
  }
  await database.close();
});
