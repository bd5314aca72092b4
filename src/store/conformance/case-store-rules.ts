import assert from "node:assert/strict";

import type { CaseRow, CaseStore } from "#cases";
import { later, randomIds, word, type CaseId, type Word } from "#kernel";

import { ada, ben, lease, NOW, other } from "./audit-samples.ts";
import type { Rule } from "./rule.ts";

const acme = word("acme");

const row = (fields: Partial<CaseRow> = {}): CaseRow => ({
  id: randomIds.next("case"),
  kind: "request",
  tenant: acme,
  subject: ada,
  parent: null,
  state: word("received"),
  step: 0,
  openedAt: NOW,
  dueAt: NOW,
  closedAt: null,
  endsAt: null,
  facts: { law: word("gdpr"), days: 30 },
  sealed: Uint8Array.of(1, 2),
  ...fields,
});

async function put<Rows extends readonly CaseRow[]>(store: CaseStore, ...rows: Rows) {
  for (const one of rows) await store.open(one);
  return rows;
}

const next = (from: CaseRow, fields: Partial<CaseRow> = {}): CaseRow => ({
  ...from,
  step: from.step + 1,
  ...fields,
});

/** As it was given: a driver's own kind of bytes counts as bytes. */
const plain = (one: CaseRow | null) => one && { ...one, sealed: one.sealed && [...one.sealed] };

const idsOf = (rows: readonly CaseRow[]): CaseId[] => rows.map(({ id }) => id);

/** What the office's work rests on. */
export const caseStoreRules: readonly Rule<CaseStore>[] = [
  {
    rule: "a case is read as it was opened, by its own controller alone",
    async check(store) {
      const [whole, bare] = await put(
        store,
        row({ parent: randomIds.next("case"), endsAt: later(NOW, 9) }),
        row({ subject: null, dueAt: null, facts: {}, sealed: null }),
      );
      assert.deepEqual(plain(await store.load(acme, whole.id)), plain(whole));
      assert.deepEqual(plain(await store.load(acme, bare.id)), plain(bare));
      assert.equal(await store.load(word("other"), whole.id), null);
      assert.equal(await store.load(acme, randomIds.next("case")), null);
    },
  },
  {
    rule: "a case of an id is opened once, and a second one changes nothing",
    async check(store) {
      const one = row();
      assert.equal(await store.open(one), "opened");
      assert.equal(await store.open({ ...one, state: word("other") }), "present");
      assert.deepEqual(plain(await store.load(acme, one.id)), plain(one));
    },
  },
  {
    rule: "a step is taken once: of two at the same step, the second is stale and changes nothing",
    async check(store) {
      const [one] = await put(store, row());
      const first = next(one, {
        state: word("executing"),
        subject: ben,
        dueAt: later(NOW, 5),
        endsAt: later(NOW, 9),
        facts: { count: 2 },
        sealed: Uint8Array.of(9),
      });
      const results = await Promise.all([store.advance(first), store.advance(first)]);
      assert.deepEqual(results.toSorted(), ["advanced", "stale"]);
      assert.deepEqual(plain(await store.load(acme, one.id)), plain(first));
      assert.equal(await store.advance(next(one, { state: word("denied") })), "stale");
      assert.equal(await store.advance(next(first, { tenant: word("other") })), "stale");
      assert.deepEqual(plain(await store.load(acme, one.id)), plain(first));
    },
  },
  {
    rule: "what is due is claimed once, longest due first, by kind, and never what is closed",
    async check(store) {
      const [late, soon] = await put(
        store,
        row({ dueAt: later(NOW, -1) }),
        row({ dueAt: later(NOW, -5), kind: "targets" }),
        row({ dueAt: later(NOW, 1) }),
        row({ dueAt: null }),
        row({ closedAt: NOW }),
        row({ kind: "notice" }),
      );
      const claimed = await store.claim(["request", "targets"], lease, 9);
      assert.deepEqual(idsOf(claimed), [soon.id, late.id]);
      assert.deepEqual(plain(claimed[1]!), plain(late));
      assert.deepEqual(await store.claim(["request", "targets"], other(NOW), 9), []);
    },
  },
  {
    rule: "no more are claimed than were asked for, and two who claim at once share none",
    async check(store) {
      const rows = Array.from({ length: 6 }, (_, at) => row({ dueAt: later(NOW, at - 9) }));
      await put(store, ...rows);
      const [one, two] = await Promise.all([
        store.claim(["request"], lease, 3),
        store.claim(["request"], other(NOW), 3),
      ]);
      const both = [...idsOf(one), ...idsOf(two)];
      assert.equal(new Set(both).size, both.length);
      assert.ok(one.length <= 3 && two.length <= 3);
      assert.ok(both.length >= 3);
    },
  },
  {
    rule: "a lease is its holder's to prolong and to give back; a later one takes it over",
    async check(store) {
      const [one] = await put(store, row());
      await store.claim(["request"], lease, 1);
      assert.equal(await store.renew(one.id, other(NOW)), false);
      assert.equal(await store.renew(one.id, { ...lease, until: later(NOW, 5000) }), true);
      assert.deepEqual(await store.claim(["request"], other(NOW + 1001), 1), []);
      await store.release(one.id, other(NOW));
      assert.deepEqual(await store.claim(["request"], other(NOW + 1001), 1), []);
      const thief = other(NOW + 5001);
      assert.deepEqual(idsOf(await store.claim(["request"], thief, 1)), [one.id]);
      assert.equal(await store.renew(one.id, lease), false);
      await store.release(one.id, thief);
      assert.deepEqual(idsOf(await store.claim(["request"], other(NOW), 1)), [one.id]);
    },
  },
  {
    rule: "a step keeps the lease; the last one gives it back",
    async check(store) {
      const [one] = await put(store, row());
      await store.claim(["request"], lease, 1);
      const second = next(one);
      await store.advance(second);
      assert.deepEqual(await store.claim(["request"], other(NOW), 1), []);
      await store.advance(next(second, { closedAt: NOW, dueAt: null }));
      assert.equal(await store.renew(one.id, lease), false);
      assert.deepEqual(await store.claim(["request"], other(NOW + 9999), 1), []);
    },
  },
  {
    rule: "cases are listed newest first, a page at a time, by subject, by parent, open or closed",
    async check(store) {
      const parent = randomIds.next("case");
      const [old, mid, young] = await put(
        store,
        row({ openedAt: later(NOW, 1), parent }),
        row({ openedAt: later(NOW, 2), subject: ben, closedAt: NOW }),
        row({ openedAt: later(NOW, 2), subject: null }),
        row({ tenant: word("other") }),
        row({ kind: "incident" }),
      );
      const all = { tenant: acme as Word, kind: "request", limit: 9 } as const;
      const sorted = [mid, young].toSorted((a, b) => (a.id < b.id ? 1 : -1));
      assert.deepEqual(idsOf(await store.list(all)), idsOf([...sorted, old]));
      const after = await store.list({ ...all, limit: 1, after: sorted[0]! });
      assert.deepEqual(idsOf(after), [sorted[1]!.id]);
      assert.deepEqual(idsOf(await store.list({ ...all, subject: ben })), [mid.id]);
      assert.deepEqual(idsOf(await store.list({ ...all, parent })), [old.id]);
      assert.deepEqual(idsOf(await store.list({ ...all, open: false })), [mid.id]);
      assert.deepEqual(idsOf(await store.list({ ...all, open: true })), [young.id, old.id]);
    },
  },
  {
    rule: "a closed case ends at its time, and is gone once it is removed; an open one stays",
    async check(store) {
      const [over] = await put(
        store,
        row({ closedAt: NOW, endsAt: NOW }),
        row({ closedAt: NOW, endsAt: later(NOW, 1) }),
        row({ closedAt: NOW, endsAt: null }),
        row({ endsAt: NOW }),
      );
      assert.deepEqual(idsOf(await store.ended(NOW, 9)), [over.id]);
      await store.remove([over.id]);
      assert.deepEqual(await store.ended(NOW, 9), []);
      assert.equal(await store.load(acme, over.id), null);
    },
  },
  {
    rule: "every controller that has a case is named once",
    async check(store) {
      assert.deepEqual(await store.tenants(), []);
      const [other, third] = [word("other"), word("third")];
      await put(store, row({ tenant: third }), row(), row({ tenant: other }), row());
      assert.deepEqual(await store.tenants(), [acme, other, third]);
    },
  },
  {
    rule: "which cases have a file is told of those that are asked about",
    async check(store) {
      const [filed, bare] = await put(store, row(), row({ sealed: null }), row());
      const unknown = randomIds.next("case");
      assert.deepEqual(await store.filed([unknown, bare.id, filed.id]), [filed.id]);
      assert.deepEqual(await store.filed([]), []);
    },
  },
];
