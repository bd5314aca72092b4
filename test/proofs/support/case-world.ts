import { openAuditLog, openNotary } from "#audit";
import type { CaseWorld } from "#cases";
import { randomIds, word } from "#kernel";
import { openKeyring } from "#keys";
import { defineConfig } from "#policy";
import type { Stores } from "#engine";

import { REGION, type MovableClock } from "./region.ts";

const { policy } = defineConfig({});

/** What one process has of the cases of a region, over stores that stay open behind it. */
export async function caseWorld(stores: Stores, clock: MovableClock) {
  const region = word(REGION);
  const notary = await openNotary(stores.notary, region, stores.audit.logs);
  const ids = randomIds;
  const audit = await openAuditLog({ store: stores.audit, notary, clock, ids });
  const keyring = await openKeyring({ store: stores.keys, root: stores.root, clock, ids, region });
  const world: CaseWorld = {
    audit,
    cases: stores.cases,
    keyring,
    clock,
    ids,
    region,
    policy,
    holder: ids.next("lease"),
  };
  return {
    ...world,
    async [Symbol.asyncDispose]() {
      keyring.close();
      await audit.close();
    },
  };
}
