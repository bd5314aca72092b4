import { policyDigest } from "#policy";

import type { Account, AccountabilityWorld } from "./world.ts";

export function accountOf({ region, policy, clock }: AccountabilityWorld): Account {
  return { madeAt: clock.now(), region, policy: policyDigest(policy) };
}
