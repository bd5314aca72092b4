import assert from "node:assert/strict";

import type { RootProvider } from "./root-provider.ts";

/** One promise a root provider makes. Data: any test runner, and `doctor`, can run it. */
export interface RootRule {
  readonly rule: string;
  /** @param root A provider without keys. */
  check(root: RootProvider): Promise<void>;
}

const exported = async (root: RootProvider, epoch: number): Promise<string | undefined> =>
  (await root.key(epoch))?.export().toString("hex");

export const rootProviderRules: readonly RootRule[] = [
  {
    rule: "a provider without keys has no epochs, and answers null for a key",
    async check(root) {
      assert.deepEqual(await root.epochs(), []);
      assert.equal(await root.key(1), null);
    },
  },
  {
    rule: "a key has 256 bits, stays the same, and differs from that of another epoch",
    async check(root) {
      assert.equal(await root.create(1), "created");
      assert.equal(await root.create(2), "created");
      assert.equal((await root.key(1))?.symmetricKeySize, 32);
      assert.equal(await exported(root, 1), await exported(root, 1));
      assert.notEqual(await exported(root, 1), await exported(root, 2));
      assert.deepEqual(await root.epochs(), [1, 2]);
    },
  },
  {
    rule: "making a key that exists leaves it as it is",
    async check(root) {
      await root.create(1);
      const before = await exported(root, 1);
      assert.equal(await root.create(1), "exists");
      assert.equal(await exported(root, 1), before);
    },
  },
  {
    rule: "of many that make the same key at once, one makes it",
    async check(root) {
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => root.create(7)));
      assert.equal(outcomes.filter((outcome) => outcome === "created").length, 1);
    },
  },
  {
    rule: "a destroyed key is gone, others stay, and the evidence says what and when",
    async check(root) {
      await root.create(1);
      await root.create(2);
      const evidence = await root.destroy(1);
      assert.equal(evidence.provider, root.name);
      assert.equal(evidence.epoch, 1);
      assert.ok(evidence.irreversibleAt >= evidence.destroyedAt);
      assert.equal(await root.key(1), null);
      assert.deepEqual(await root.epochs(), [2]);
    },
  },
  {
    rule: "destroying again is harmless, and its evidence does not claim the deed",
    async check(root) {
      await root.create(1);
      await root.create(2);
      const first = await root.destroy(1);
      const second = await root.destroy(1);
      assert.notEqual(first.method, "already-absent");
      assert.equal(second.method, "already-absent");
    },
  },
];
