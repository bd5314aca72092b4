import { after, before, describe, test } from "node:test";

import { keyReplayRules } from "../conformance/key-replay-rules.ts";
import { keyStoreRules } from "../conformance/key-store-rules.ts";
import { copyKeys, sampleKeys } from "./sample-stores.test.ts";

let place: Awaited<ReturnType<typeof sampleKeys>>;
before(async () => {
  place = await sampleKeys();
});
after(() => place[Symbol.asyncDispose]());

describe("the PostgreSQL key store keeps the promises of every key store", () => {
  for (const { rule, check } of keyStoreRules) {
    test(rule, async () => {
      const region = await place.region();
      await check(await region.store());
    });
  }
});

describe("the PostgreSQL key store keeps its promises when deleted rows are put back", () => {
  for (const { rule, check } of keyReplayRules) {
    test(rule, async () => {
      const region = await place.region();
      await check({ store: await region.store(), copyKeys: () => copyKeys(region) });
    });
  }
});
