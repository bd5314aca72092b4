import assert from "node:assert/strict";

import { later, randomIds } from "#kernel";
import { keyName, type KeyStore, type NodeKeyRow } from "#keys";

import {
  ALL,
  AT,
  ada,
  begin,
  ben,
  bytes,
  coffee,
  furnish,
  key,
  names,
  plain,
  replacement,
  shred,
  tea,
} from "./key-store-fixture.ts";
import type { Rule } from "./rule.ts";

/** What a keys database promises about moving keys to the next epoch. */
export const keyRotationRules: readonly Rule<KeyStore>[] = [
  {
    rule: "a clean subject key is re-wrapped; a dirty, moved or replaced one is left alone",
    async check(store) {
      await furnish(store);
      await store.shredNodes(shred(), [{ node: tea }]);
      await begin(store, 2, 1);
      const move = { version: 1, from: 1, to: 2, wrapped: bytes("sk-1 at 2") };
      const moves = [ada, ben].map((subject) => Object.assign({ subject }, move));
      assert.equal(await store.rewrapSubjectKeys(moves), 1);
      assert.equal(await store.rewrapSubjectKeys(moves), 0);
      assert.equal((await store.subjectKey(ada))?.epoch, 1);
      assert.equal(plain((await store.subjectKey(ben))?.wrapped), "sk-1 at 2");
      const left = await store.subjectKeysUnder(1, ALL);
      assert.deepEqual(
        left.map(({ subject, dirty }) => [subject, dirty]),
        [[ada, true]],
      );
    },
  },
  {
    rule: "replacing a subject key updates its node keys and cleans it, once",
    async check(store) {
      await furnish(store);
      await begin(store, 2, 1);
      const order = await replacement(store);
      assert.equal(await store.replaceSubjectKey(order), "replaced");
      assert.equal(await store.replaceSubjectKey(order), "subject-key-changed");
      const { subjectKey, nodes } = (await store.nodeKeys(ada))!;
      assert.deepEqual([subjectKey.version, subjectKey.epoch, subjectKey.dirty], [2, 2, false]);
      assert.deepEqual(
        nodes.map((row) => [row.subjectKeyVersion, plain(row.wrapped)]),
        [
          [2, "nk-again"],
          [2, "nk-again"],
        ],
      );
      assert.equal(await store.insertNodeKeys(ada, 1, AT, [key(tea, 2)]), "subject-key-changed");
    },
  },
  {
    rule: "rotation never resurrects: a key shredded after it was read does not come back",
    async check(store) {
      await furnish(store);
      await begin(store, 2, 1);
      const order = await replacement(store);
      await store.shredNodes(shred(), [{ node: tea }]);
      assert.equal(await store.replaceSubjectKey(order), "replaced");
      assert.deepEqual(names(await store.liveRefs(ada)), names([key(coffee)]));
    },
  },
  {
    rule: "rotation never resurrects: an erased subject's key does not come back",
    async check(store) {
      await furnish(store);
      await begin(store, 2, 1);
      const order = await replacement(store);
      await store.shredSubject(shred(), []);
      assert.equal(await store.replaceSubjectKey(order), "subject-key-changed");
      const move = { subject: ada, version: 1, from: 1, to: 2, wrapped: bytes("k") };
      assert.equal(await store.rewrapSubjectKeys([move]), 0);
      assert.equal(await store.subjectKey(ada), null);
    },
  },
  {
    rule: "rotation never loses: a key minted after the read makes it start again",
    async check(store) {
      await furnish(store);
      await begin(store, 2, 1);
      const order = await replacement(store);
      await store.insertNodeKeys(ada, 1, AT, [key(tea, 2)]);
      assert.equal(await store.replaceSubjectKey(order), "node-keys-added");
      assert.equal((await store.subjectKey(ada))?.version, 1);
    },
  },
  {
    rule: "rotation never loses: a key dropped and minted again is not taken for the old one",
    async check(store) {
      await furnish(store);
      await begin(store, 2, 1);
      const order = await replacement(store);
      await store.dropNodeKeys(ada, [key(tea)]);
      await store.insertNodeKeys(ada, 1, AT, [key(tea, 1, "another key")]);
      assert.equal(await store.replaceSubjectKey(order), "node-keys-added");
      assert.equal((await store.nodeKeys(ada))?.nodes.length, 2);
    },
  },
  {
    rule: "what came after the read is wrapped behind the lock, where the caller says how",
    async check(store) {
      await furnish(store);
      await begin(store, 2, 1);
      const order = await replacement(store);
      await store.insertNodeKeys(ada, 1, AT, [key(tea, 2, "late")]);
      await store.dropNodeKeys(ada, [key(coffee)]);
      await store.insertNodeKeys(ada, 1, AT, [key(coffee, 1, "minted again")]);
      const wrapLate = ({ wrapped }: NodeKeyRow) => bytes(`${plain(wrapped)}, wrapped`);
      assert.equal(await store.replaceSubjectKey({ ...order, wrapLate }), "replaced");
      const { nodes } = (await store.nodeKeys(ada))!;
      assert.deepEqual(
        nodes.map((row) => [keyName(row), row.subjectKeyVersion, plain(row.wrapped)]).toSorted(),
        [
          [`${tea}#1`, 2, "nk-again"],
          [`${tea}#2`, 2, "late, wrapped"],
          [`${coffee}#1`, 2, "minted again, wrapped"],
        ].toSorted(),
      );
    },
  },
  {
    rule: "behind the lock nothing is wrapped of a key that another process replaced",
    async check(store) {
      await furnish(store);
      await begin(store, 2, 1);
      const order = await replacement(store);
      await store.replaceSubjectKey(order);
      const wrapLate = (): never => assert.fail("it is under a key that this caller does not have");
      assert.equal(await store.replaceSubjectKey({ ...order, wrapLate }), "subject-key-changed");
    },
  },
  {
    rule: "evidence keys and tag keys are made once and moved once; an ended one stays ended",
    async check(store) {
      await furnish(store);
      const [one, two] = [bytes("one"), bytes("two")];
      const row = { tenant: "acme", epoch: 1, wrapped: one };
      assert.equal(await store.insertTagKey(row), "inserted");
      assert.equal(await store.insertTagKey({ ...row, wrapped: two }), "present");
      for (const subject of [ada, ben]) {
        assert.equal(await store.insertEvidenceKey({ ...row, subject }), "inserted");
        assert.equal(await store.insertEvidenceKey({ ...row, subject, wrapped: two }), "present");
      }
      await begin(store, 2, 1);
      const moved = { from: 1, to: 2, wrapped: two };
      assert.equal(await store.deleteEvidenceKey(ada), 1);
      await store.rewrapEvidenceKeys(
        [ada, ben].map((subject) => Object.assign({ subject }, moved)),
      );
      await store.rewrapTagKeys([{ ...moved, tenant: "acme" }]);
      assert.equal(await store.evidenceKey(ada), null);
      assert.equal(plain((await store.evidenceKey(ben))?.wrapped), "two");
      assert.equal(plain((await store.tagKey("acme"))?.wrapped), "two");
      assert.deepEqual(await store.evidenceKeysUnder(1, ALL), []);
      assert.deepEqual(await store.tagKeysUnder(1, ALL), []);
    },
  },
  {
    rule: "a case's key is made once, under a live epoch, and moved once; an ended one stays ended",
    async check(store) {
      await furnish(store);
      const under = await store.rowsUnder(1);
      const [open, ended] = [randomIds.next("case"), randomIds.next("case")].toSorted();
      const row = { tenant: "acme", epoch: 1, createdAt: AT, wrapped: bytes("one") };
      for (const id of [open!, ended!]) {
        assert.equal(await store.insertCaseKey({ ...row, id }), "inserted");
        assert.equal(await store.insertCaseKey({ ...row, id, wrapped: bytes("2") }), "present");
      }
      assert.deepEqual(
        { ...(await store.caseKey(open!)), wrapped: null },
        {
          ...row,
          id: open,
          wrapped: null,
        },
      );
      assert.equal(await store.rowsUnder(1), under + 2);
      assert.deepEqual(await store.casesWithKey(AT, ALL), []);
      const made = later(AT, 1);
      assert.deepEqual(await store.casesWithKey(made, ALL), [open, ended]);
      assert.deepEqual(await store.casesWithKey(made, { after: open!, limit: 1 }), [ended]);

      await begin(store, 2, 1);
      assert.equal(
        await store.insertCaseKey({ ...row, id: randomIds.next("case") }),
        "epoch-changed",
      );
      assert.equal(await store.deleteCaseKey(ended!), 1);
      assert.equal(await store.deleteCaseKey(ended!), 2);
      const moves = [open!, ended!].map((id) => ({ id, from: 1, to: 2, wrapped: bytes("two") }));
      await store.rewrapCaseKeys(moves);
      assert.equal(await store.caseKey(ended!), null);
      assert.equal(plain((await store.caseKey(open!))?.wrapped), "two");
      assert.deepEqual(await store.caseKeysUnder(1, ALL), []);
      assert.equal((await store.caseKeysUnder(2, ALL)).length, 1);
    },
  },
  {
    rule: "an evidence key survives its subject's shred",
    async check(store) {
      await furnish(store);
      await store.insertEvidenceKey({
        subject: ada,
        tenant: "acme",
        epoch: 1,
        wrapped: bytes("e"),
      });
      await store.shredSubject(shred(), []);
      assert.equal(plain((await store.evidenceKey(ada))?.wrapped), "e");
    },
  },
];
