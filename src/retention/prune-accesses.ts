import { pruneAccessLogs } from "#audit";
import type { ErasureWorld } from "#erasure";
import { SYSTEM_ACTOR, word, type Word } from "#kernel";
import { addDuration, rulesOf } from "#policy";

/**
 * Ends the access log's entries that were kept as long as the strictest pack wants. While anything
 * is on hold, nothing goes: what was read may be evidence.
 *
 * @source the packs' `auditRetentionYears`; GDPR Art. 5(1)(e)
 */
export async function pruneAccesses(world: ErasureWorld, tenant: Word): Promise<number> {
  const { audit, policy, region, clock } = world;
  const years = rulesOf(policy).auditRetentionYears.value;
  if (years === null || (await audit.store.hasHolds())) return 0;
  const before = addDuration(clock.now(), { months: -12 * years, days: 0 });
  const rule = word("auditRetentionYears");
  return pruneAccessLogs(audit, {
    before,
    policy: rule,
    actor: SYSTEM_ACTOR,
    tenant,
    region,
    held: false,
  });
}
