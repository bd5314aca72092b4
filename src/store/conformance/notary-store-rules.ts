import assert from "node:assert/strict";

import type { NotaryStore } from "#audit";

import type { Rule } from "./rule.ts";

const checkpoint = (size: number) => ({
  size,
  root: new Uint8Array(32).fill(size),
  note: `note over ${size}\n\n— some signer\n`,
});

export const notaryStoreRules: readonly Rule<NotaryStore>[] = [
  {
    rule: "a log's seed is 32 bytes, made once and another for each log, whoever asks first",
    async check(store) {
      const asked = await Promise.all(Array.from({ length: 8 }, () => store.seed("ledger")));
      for (const seed of asked) assert.deepEqual(Buffer.from(seed), Buffer.from(asked[0]!));
      assert.equal(asked[0]!.length, 32);
      assert.notDeepEqual(Buffer.from(await store.seed("access")), Buffer.from(asked[0]!));
    },
  },
  {
    rule: "an installation's name is eight hexadecimal digits, and stays",
    async check(store) {
      const names = await Promise.all(Array.from({ length: 8 }, () => store.installation()));
      assert.match(names[0]!, /^[0-9a-f]{8}$/);
      assert.deepEqual(new Set(names).size, 1);
    },
  },
  {
    rule: "a log that nobody signed has no checkpoint, and one comes back as it was signed",
    async check(store) {
      assert.equal(await store.last("ledger"), null);
      assert.equal(await store.compareAndSwap("ledger", 0, checkpoint(3)), true);
      const { size, root, note } = (await store.last("ledger"))!;
      assert.deepEqual({ size, root: new Uint8Array(root), note }, checkpoint(3));
      assert.equal(await store.last("access"), null);
    },
  },
  {
    rule: "a checkpoint takes the place of the one that was expected, and of no other",
    async check(store) {
      assert.equal(await store.compareAndSwap("access", 2, checkpoint(3)), false);
      assert.equal(await store.last("access"), null);
      await store.compareAndSwap("access", 0, checkpoint(3));
      assert.equal(await store.compareAndSwap("access", 0, checkpoint(4)), false);
      assert.equal(await store.compareAndSwap("access", 2, checkpoint(4)), false);
      assert.equal(await store.compareAndSwap("access", 3, checkpoint(4)), true);
      assert.equal((await store.last("access"))!.size, 4);
    },
  },
  {
    rule: "of many that expect the same size, one swaps",
    async check(store) {
      for (const expected of [0, 1]) {
        const swaps = Array.from({ length: 16 }, () =>
          store.compareAndSwap("ledger", expected, checkpoint(expected + 1)),
        );
        const swapped = (await Promise.all(swaps)).filter(Boolean);
        assert.equal(swapped.length, 1);
      }
    },
  },
  {
    rule: "an origin that is given up keeps its last checkpoint, and the next one starts anew",
    async check(store) {
      assert.deepEqual(await store.forked("ledger"), []);
      assert.equal(await store.fork("ledger", 0), false, "nothing was signed");
      for (const [at, size] of [5, 3].entries()) {
        await store.compareAndSwap("ledger", 0, checkpoint(size));
        assert.equal(await store.fork("ledger", size + 1), false);
        assert.equal(await store.fork("ledger", size), true);
        assert.equal(await store.last("ledger"), null);
        const kept = (await store.forked("ledger"))[at]!;
        assert.deepEqual({ ...kept, root: new Uint8Array(kept.root) }, checkpoint(size));
      }
      assert.deepEqual(await store.forked("access"), []);
      assert.equal(await store.compareAndSwap("ledger", 0, checkpoint(4)), true);
    },
  },
];
