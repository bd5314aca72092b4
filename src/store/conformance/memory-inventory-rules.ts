import assert from "node:assert/strict";

import { word } from "#kernel";
import type { MemoryStore } from "#memory";

import { ben, NOW, put, row, time } from "./memory-samples.ts";
import type { Rule } from "./rule.ts";

/** What a memory store says of itself in numbers. */
export const memoryInventoryRules: readonly Rule<MemoryStore>[] = [
  {
    rule: "an inventory counts everybody's nodes by kind, categories, purposes and labels",
    async check(store) {
      assert.deepEqual(await store.inventory(), []);
      const two = [word("account"), word("health")];
      await put(store, row({ expiresAt: time(7) }), row({ createdAt: time(-5) }));
      await put(store, row({ subject: ben, expiresAt: time(3) }));
      await put(store, row({ subject: ben, kind: "derived", categories: two, phi: true }));
      const common = { special: true, purposes: [word("assistant")], newest: NOW };
      assert.deepEqual(await store.inventory(), [
        {
          ...common,
          kind: "memory",
          categories: [word("health")],
          phi: false,
          nodes: 3,
          people: 2,
          oldest: time(-5),
          withoutEnd: 1,
          firstEnd: time(3),
        },
        {
          ...common,
          kind: "derived",
          categories: two,
          phi: true,
          nodes: 1,
          people: 1,
          oldest: NOW,
          withoutEnd: 1,
          firstEnd: null,
        },
      ]);
      const [ended] = await store.inventory(time(3));
      assert.deepEqual([ended!.nodes, ended!.withoutEnd, ended!.firstEnd], [1, 0, time(3)]);
      assert.deepEqual(await store.inventory(time(2)), []);
    },
  },
];
