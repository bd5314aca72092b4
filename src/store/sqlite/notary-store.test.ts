import { describe, test } from "node:test";

import { notaryStoreRules } from "../conformance/notary-store-rules.ts";
import { openNotaryStore } from "./notary-store.ts";

describe("the SQLite notary store keeps the promises of every notary store", () => {
  for (const { rule, check } of notaryStoreRules) {
    test(rule, async () => {
      const store = openNotaryStore(":memory:");
      await check(store);
      await store.close();
    });
  }
});
