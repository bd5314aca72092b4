import assert from "node:assert/strict";

import type { KeyStore } from "#keys";

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
  replacement,
  shred,
  tea,
} from "./key-store-fixture.ts";
import type { Rule } from "./rule.ts";

/** A store under somebody who may write to its tables. */
export interface TamperedKeyStore {
  readonly store: KeyStore;
  /** Copies subjects' and nodes' keys as they are now, and answers what puts the missing back. */
  copyKeys(): Promise<() => Promise<void>>;
}

async function read(store: KeyStore, subject = ada): Promise<string[]> {
  return names((await store.nodeKeys(subject))?.nodes ?? []);
}

/** What a keys database promises when rows that it deleted are put back: a fence beats a row. */
export const keyReplayRules: readonly Rule<TamperedKeyStore>[] = [
  {
    rule: "a key that is put back behind its node's fence is seen, and not read",
    async check({ store, copyKeys }) {
      await furnish(store);
      const putBack = await copyKeys();
      await store.shredNodes(shred(), [{ node: tea }]);
      await putBack();
      assert.deepEqual(names(await store.liveRefs(ada)), names([key(tea), key(coffee)]));
      assert.deepEqual(await read(store), names([key(coffee)]));
      assert.deepEqual((await store.nodeKeys(ada, [key(tea)]))?.nodes, []);
      assert.deepEqual(await read(store, ben), names([key(tea)]));
    },
  },
  {
    rule: "a key that is put back behind its own fence is not read, and its node's others are",
    async check({ store, copyKeys }) {
      await furnish(store);
      await store.insertNodeKeys(ada, 1, AT, [key(tea, 2)]);
      const putBack = await copyKeys();
      await store.shredNodes(shred(), [{ node: tea, revision: 1 }]);
      await putBack();
      assert.deepEqual(await read(store), names([key(coffee), key(tea, 2)]));
      const asked = await store.nodeKeys(ada, [key(tea, 1), key(tea, 2)]);
      assert.deepEqual(names(asked!.nodes), names([key(tea, 2)]));
    },
  },
  {
    rule: "keys of an erased subject that are put back are seen, and none is read",
    async check({ store, copyKeys }) {
      await furnish(store);
      const putBack = await copyKeys();
      await store.shredSubject(shred(), []);
      await putBack();
      assert.equal(await store.nodeKeys(ada), null);
      assert.equal(await store.subjectKey(ada), null);
      assert.equal((await store.liveRefs(ada)).length, 2);
      assert.equal(await store.insertNodeKeys(ada, 1, AT, [key(tea, 2)]), "fenced");
    },
  },
  {
    rule: "behind a subject's fence only what is held is read, and that can only become less",
    async check({ store, copyKeys }) {
      await furnish(store);
      const putBack = await copyKeys();
      await store.shredSubject(shred(), [tea]);
      await putBack();
      assert.deepEqual(await read(store), names([key(tea)]));
      await store.shredSubject(shred(), [tea, coffee]);
      await putBack();
      assert.deepEqual(await read(store), names([key(tea)]));
      await store.shredSubject(shred(), []);
      await store.shredSubject(shred(), [tea]);
      await putBack();
      assert.deepEqual(await read(store), []);
    },
  },
  {
    rule: "a rotation carries no key that was put back behind a fence into the next epoch",
    async check({ store, copyKeys }) {
      await furnish(store);
      const putBack = await copyKeys();
      await store.shredNodes(shred(), [{ node: tea }]);
      await putBack();
      await begin(store, 2, 1);
      assert.equal(await store.replaceSubjectKey(await replacement(store)), "replaced");
      assert.deepEqual(names(await store.liveRefs(ada)), names([key(coffee)]));
    },
  },
  {
    rule: "a rotation carries no subject's key that was put back into the next epoch",
    async check({ store, copyKeys }) {
      await furnish(store);
      const order = await replacement(store);
      const putBack = await copyKeys();
      await store.shredSubject(shred(), []);
      await begin(store, 2, 1);
      for (const move of ["rewrap", "replace"]) {
        await putBack();
        assert.equal((await store.subjectKeysUnder(1, ALL)).length, 2);
        if (move === "replace") {
          assert.equal(await store.replaceSubjectKey(order), "subject-key-changed");
        } else {
          const moved = { subject: ada, version: 1, from: 1, to: 2, wrapped: bytes("k") };
          assert.equal(await store.rewrapSubjectKeys([moved]), 0);
        }
        assert.equal((await store.subjectKeysUnder(1, ALL)).length, 1, move);
      }
    },
  },
];
