import assert from "node:assert/strict";

import { randomIds, type EpochMs } from "#kernel";
import type { KeyStore } from "#keys";

import { keyRotationRules } from "./key-rotation-rules.ts";
import { keyShredRules } from "./key-shred-rules.ts";
import {
  ALL,
  AT,
  ada,
  begin,
  ben,
  bytes,
  coffee,
  evidenceOf,
  furnish,
  key,
  names,
  plain,
  register,
  tea,
} from "./key-store-fixture.ts";
import type { Rule } from "./rule.ts";

const epochRules: readonly Rule<KeyStore>[] = [
  {
    rule: "a new store has no epoch, and has applied no ledger entry",
    async check(store) {
      assert.deepEqual(await store.epochs(), []);
      assert.equal(await store.appliedLedgerIndex(), -1);
    },
  },
  {
    rule: "the applied ledger index never moves back",
    async check(store) {
      await store.setAppliedLedgerIndex(7);
      await store.setAppliedLedgerIndex(3);
      assert.equal(await store.appliedLedgerIndex(), 7);
    },
  },
  {
    rule: "an epoch begins only in place of the active one, and while none retires",
    async check(store) {
      assert.equal(await begin(store, 1), "begun");
      assert.equal(await begin(store, 2), "epoch-changed");
      assert.equal(await begin(store, 2, 1), "begun");
      assert.equal(await begin(store, 3, 1), "epoch-changed");
      assert.equal(await begin(store, 3, 2), "epoch-changed");
      const states = (await store.epochs()).map(({ epoch, state }) => `${epoch} ${state}`);
      assert.deepEqual(states, ["1 retiring", "2 active"]);
    },
  },
  {
    rule: "of many that begin an epoch at once, one does",
    async check(store) {
      await begin(store);
      const outcomes = await Promise.all([2, 3, 4, 5].map((epoch) => begin(store, epoch, 1)));
      assert.equal(outcomes.filter((outcome) => outcome === "begun").length, 1);
    },
  },
  {
    rule: "only a retiring epoch ends; its directory keys go and its first evidence stays",
    async check(store) {
      await begin(store);
      assert.equal(await store.endEpoch(1, evidenceOf(1)), "not-retiring");
      await begin(store, 2, 1);
      assert.equal(await store.endEpoch(1, evidenceOf(1)), "ended");
      assert.equal(await store.endEpoch(1, { ...evidenceOf(1), method: "x" }), "not-retiring");
      const [first] = await store.epochs();
      assert.equal(first?.state, "destroyed");
      assert.equal(first?.directoryKeys, null);
      assert.deepEqual(first?.evidence, evidenceOf(1));
    },
  },
  {
    rule: "every kind of row counts as under its epoch",
    async check(store) {
      await begin(store);
      assert.equal(await store.rowsUnder(1), 0);
      await register(store, ada, "ada");
      assert.equal(await store.rowsUnder(1), 2);
      const wrapped = bytes("k");
      await store.insertEvidenceKey({ subject: ada, tenant: "acme", epoch: 1, wrapped });
      await store.insertTagKey({ tenant: "acme", epoch: 1, wrapped });
      assert.equal(await store.rowsUnder(1), 4);
    },
  },
  {
    rule: "nothing is inserted under an epoch that is not the active one",
    async check(store) {
      await furnish(store);
      await begin(store, 2, 1);
      const under = await store.rowsUnder(1);
      const carl = randomIds.next("subject");
      const row = { tenant: "acme", epoch: 1, wrapped: bytes("k") };
      assert.deepEqual(await register(store, carl, "carl", 1), { outcome: "epoch-changed" });
      assert.equal(await store.insertEvidenceKey({ ...row, subject: ada }), "epoch-changed");
      assert.equal(await store.insertTagKey(row), "epoch-changed");
      assert.deepEqual(await store.findSubject("acme", 1, []), { outcome: "epoch-changed" });
      assert.equal(await store.rowsUnder(1), under);
    },
  },
];

const directoryRules: readonly Rule<KeyStore>[] = [
  {
    rule: "a registered subject is found by its look-up, in its own tenant only",
    async check(store) {
      await furnish(store);
      const found = { outcome: "found", subject: ada };
      assert.deepEqual(await store.findSubject("acme", 1, [bytes("x"), bytes("ada")]), found);
      assert.deepEqual(await store.findSubject("acme", 1, [bytes("x")]), { outcome: "absent" });
      assert.deepEqual(await store.findSubject("evil", 1, [bytes("ada")]), { outcome: "absent" });
    },
  },
  {
    rule: "registering a known external id gives the subject that it has, also by an older look-up",
    async check(store) {
      await furnish(store);
      const carl = randomIds.next("subject");
      const found = { outcome: "found", subject: ada };
      assert.deepEqual(await register(store, carl, "ada"), found);
      await begin(store, 2, 1);
      const entry = { tenant: "acme", subject: carl, epoch: 2, lookup: bytes("ada at 2") };
      const rest = { olderLookups: [bytes("ada")], sealed: bytes("s"), wrapped: bytes("k") };
      assert.deepEqual(await store.registerSubject({ ...entry, ...rest }), found);
      assert.equal(await store.subjectKey(carl), null);
    },
  },
  {
    rule: "of many that register the same external id at once, one creates the subject",
    async check(store) {
      await begin(store);
      const subjects = Array.from({ length: 16 }, () => randomIds.next("subject"));
      const outcomes = await Promise.all(subjects.map((one) => register(store, one, "ada")));
      assert.equal(outcomes.filter(({ outcome }) => outcome === "created").length, 1);
      assert.equal((await store.subjects("acme", ALL)).length, 1);
    },
  },
  {
    rule: "subjects are listed by id, page by page, in their own tenant",
    async check(store) {
      await furnish(store);
      const [first] = await store.subjects("acme", { after: null, limit: 1 });
      const rest = await store.subjects("acme", { after: first!, limit: 10 });
      assert.deepEqual([first, ...rest], [ada, ben].sort());
      assert.deepEqual(await store.subjects("evil", ALL), []);
    },
  },
  {
    rule: "a forgotten directory row is gone; its epoch is answered, or the active one",
    async check(store) {
      await furnish(store);
      await begin(store, 2, 1);
      assert.equal(await store.forgetDirectoryRow(ada), 1);
      assert.equal(await store.forgetDirectoryRow(ada), 2);
      assert.equal(await store.directoryRow(ada), null);
      assert.equal((await store.directoryRow(ben))?.subject, ben);
    },
  },
  {
    rule: "moving directory rows changes what is there and never brings a forgotten one back",
    async check(store) {
      await furnish(store);
      await begin(store, 2, 1);
      const rows = await store.directoryRowsUnder(1, ALL);
      const moves = rows.map((from) => ({
        from,
        to: { ...from, epoch: 2, lookup: bytes(`${plain(from.lookup)} at 2`) },
      }));
      await store.forgetDirectoryRow(ada);
      await store.moveDirectoryRows(moves);
      assert.deepEqual(await store.directoryRowsUnder(1, ALL), []);
      const moved = await store.directoryRowsUnder(2, ALL);
      assert.deepEqual(
        moved.map(({ subject }) => subject),
        [ben],
      );
      const found = await store.findSubject("acme", 2, [bytes("ben at 2")]);
      assert.deepEqual(found, { outcome: "found", subject: ben });
    },
  },
];

const nodeKeyRules: readonly Rule<KeyStore>[] = [
  {
    rule: "node keys come back byte for byte, with the version they are wrapped under",
    async check(store) {
      await furnish(store);
      await store.insertNodeKeys(ada, 1, AT, [
        { ...key(tea, 2), wrapped: new Uint8Array([0, 255]) },
      ]);
      const found = (await store.nodeKeys(ada, [{ node: tea, revision: 2 }]))!;
      assert.equal(found.subjectKey.version, 1);
      assert.equal(found.subjectKey.dirty, false);
      assert.equal(found.nodes.length, 1);
      assert.equal(found.nodes[0]?.subjectKeyVersion, 1);
      assert.deepEqual(new Uint8Array(found.nodes[0]!.wrapped), new Uint8Array([0, 255]));
      assert.equal((await store.nodeKeys(ada))?.nodes.length, 3);
    },
  },
  {
    rule: "an insert asserts subject, version and absence, and inserts all or nothing",
    async check(store) {
      await furnish(store);
      const fresh = key(randomIds.next("node"));
      const nobody = randomIds.next("subject");
      assert.equal(await store.insertNodeKeys(nobody, 1, AT, [fresh]), "subject-unknown");
      assert.equal(await store.insertNodeKeys(ada, 2, AT, [fresh]), "subject-key-changed");
      assert.equal(await store.insertNodeKeys(ada, 1, AT, [fresh, key(tea)]), "present");
      assert.equal((await store.liveRefs(ada)).length, 2);
      assert.equal(await store.insertNodeKeys(ada, 1, AT, [fresh]), "inserted");
    },
  },
  {
    rule: "live references can be asked for by age",
    async check(store) {
      await furnish(store);
      await store.insertNodeKeys(ada, 1, (AT + 10) as EpochMs, [key(tea, 2)]);
      assert.deepEqual(
        names(await store.liveRefs(ada, (AT + 10) as EpochMs)),
        names([key(tea), key(coffee)]),
      );
      assert.equal((await store.liveRefs(ada)).length, 3);
    },
  },
  {
    rule: "a dropped key leaves no fence, and may be minted again",
    async check(store) {
      await furnish(store);
      await store.dropNodeKeys(ada, [key(tea)]);
      assert.deepEqual(names(await store.liveRefs(ada)), names([key(coffee)]));
      assert.deepEqual(await store.fences(ada), []);
      assert.equal(await store.insertNodeKeys(ada, 1, AT, [key(tea)]), "inserted");
    },
  },
];

/** What every keys database promises. Each rule starts from an empty store. */
export const keyStoreRules: readonly Rule<KeyStore>[] = [
  ...epochRules,
  ...directoryRules,
  ...nodeKeyRules,
  ...keyShredRules,
  ...keyRotationRules,
];
