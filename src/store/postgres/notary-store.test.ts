import { after, before, describe, test } from "node:test";

import { testDatabase, type TestDatabase } from "../../../test/support/postgres.ts";
import { notaryStoreRules } from "../conformance/notary-store-rules.ts";
import { migrate } from "./migrate.ts";
import { notarySchema } from "./notary-schema.ts";
import { openNotaryStore } from "./notary-store.ts";

let place: TestDatabase;
before(async () => {
  place = await testDatabase();
});
after(() => place[Symbol.asyncDispose]());

describe("the PostgreSQL notary store keeps the promises of every notary store", () => {
  for (const [at, { rule, check }] of notaryStoreRules.entries()) {
    test(rule, async () => {
      const region = `notary-${at}`;
      const schemas = [notarySchema];
      await migrate({ url: place.adminUrl, region, schemas, logins: [place.login] });
      const store = await openNotaryStore({ url: place.url, region });
      try {
        await check(store);
      } finally {
        await store.close();
      }
    });
  }
});
