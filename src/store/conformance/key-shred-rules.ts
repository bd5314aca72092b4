import assert from "node:assert/strict";

import { randomIds } from "#kernel";
import type { KeyStore } from "#keys";

import {
  AT,
  ada,
  begin,
  ben,
  coffee,
  furnish,
  key,
  names,
  replacement,
  shred,
  tea,
} from "./key-store-fixture.ts";
import type { Rule } from "./rule.ts";

/** What a keys database promises about destroying keys. */
export const keyShredRules: readonly Rule<KeyStore>[] = [
  {
    rule: "shredding a node takes every revision of it, and no key of it is ever made again",
    async check(store) {
      await furnish(store);
      await store.insertNodeKeys(ada, 1, AT, [key(tea, 2)]);
      assert.equal(await store.shredNodes(shred(), [{ node: tea }]), 1);
      assert.deepEqual(names(await store.liveRefs(ada)), names([key(coffee)]));
      for (const revision of [1, 2, 3]) {
        assert.equal(await store.insertNodeKeys(ada, 1, AT, [key(tea, revision)]), "fenced");
      }
      assert.equal((await store.subjectKey(ada))?.dirty, true);
    },
  },
  {
    rule: "shredding one revision leaves the others and lets new ones be made",
    async check(store) {
      await furnish(store);
      await store.insertNodeKeys(ada, 1, AT, [key(tea, 2)]);
      await store.shredNodes(shred(), [{ node: tea, revision: 1 }]);
      assert.deepEqual(names(await store.liveRefs(ada)), names([key(coffee), key(tea, 2)]));
      assert.equal(await store.insertNodeKeys(ada, 1, AT, [key(tea, 1)]), "fenced");
      assert.equal(await store.insertNodeKeys(ada, 1, AT, [key(tea, 3)]), "inserted");
    },
  },
  {
    rule: "shredding again changes nothing: the fence keeps its time, index and epoch",
    async check(store) {
      await furnish(store);
      await store.shredNodes(shred(4), [{ node: tea }]);
      await begin(store, 2, 1);
      await store.replaceSubjectKey(await replacement(store));
      assert.equal(await store.shredNodes(shred(9), [{ node: tea }]), 1);
      const fence = { key: tea, erasedAt: AT, ledgerIndex: 4, epoch: 1 };
      assert.deepEqual(
        [...(await store.fences(ada))].map((row) => Object.assign({}, row)),
        [fence],
      );
      assert.equal((await store.subjectKey(ada))?.dirty, false);
    },
  },
  {
    rule: "a node that never had a key here can be fenced, and its subject's key becomes dirty",
    async check(store) {
      await furnish(store);
      const lost = randomIds.next("node");
      assert.equal(await store.shredNodes(shred(), [{ node: lost }]), 1);
      assert.equal(await store.insertNodeKeys(ada, 1, AT, [key(lost)]), "fenced");
      assert.equal((await store.subjectKey(ada))?.dirty, true);
    },
  },
  {
    rule: "one subject's shred leaves another's keys of the same node alone",
    async check(store) {
      await furnish(store);
      await store.shredNodes(shred(), [{ node: tea }]);
      await store.shredSubject(shred(), []);
      assert.equal((await store.liveRefs(ben)).length, 1);
      assert.equal((await store.subjectKey(ben))?.dirty, false);
      assert.deepEqual(await store.fences(ben), []);
    },
  },
  {
    rule: "a shredded subject has no key, refuses every new one, and its node keys are not read",
    async check(store) {
      await furnish(store);
      assert.equal(await store.shredSubject(shred(), []), 1);
      assert.equal(await store.subjectKey(ada), null);
      assert.equal(await store.nodeKeys(ada), null);
      assert.deepEqual(await store.liveRefs(ada), []);
      const fresh = key(randomIds.next("node"));
      assert.equal(await store.insertNodeKeys(ada, 1, AT, [fresh]), "fenced");
    },
  },
  {
    rule: "noise is purged in batches, and never while the subject has a key",
    async check(store) {
      await furnish(store);
      assert.equal(await store.purgeSubject(ada, 10), 0);
      await store.shredSubject(shred(), []);
      assert.equal(await store.purgeSubject(ada, 1), 1);
      assert.equal(await store.purgeSubject(ada, 10), 1);
      assert.equal(await store.purgeSubject(ada, 10), 0);
    },
  },
  {
    rule: "held nodes survive their subject's shred, with its key, and nothing can be added",
    async check(store) {
      await furnish(store);
      assert.equal(await store.shredSubject(shred(), [tea]), 1);
      assert.deepEqual(names(await store.liveRefs(ada)), names([key(tea)]));
      assert.equal((await store.subjectKey(ada))?.dirty, true);
      assert.equal(await store.insertNodeKeys(ada, 1, AT, [key(tea, 2)]), "fenced");
    },
  },
  {
    rule: "when a hold ends, the rest is final with the epoch its key is under by then",
    async check(store) {
      await furnish(store);
      assert.equal(await store.shredSubject(shred(), [tea]), 1);
      await begin(store, 2, 1);
      await store.replaceSubjectKey(await replacement(store));
      assert.equal(await store.shredSubject(shred(), [tea]), 1);
      assert.equal(await store.shredSubject(shred(), []), 2);
      assert.equal(await store.shredSubject(shred(), []), 2);
      assert.equal(await store.nodeKeys(ada), null);
    },
  },
  {
    rule: "a subject that never was here can be fenced; the active epoch is answered",
    async check(store) {
      await begin(store);
      await begin(store, 2, 1);
      assert.equal(await store.shredSubject(shred(), []), 2);
      assert.equal(await store.insertNodeKeys(ada, 1, AT, [key()]), "fenced");
    },
  },
];
