import type { ErasureWorld } from "#erasure";
import { ALL_TENANTS, DAY_MS, SYSTEM_ACTOR, type EpochMs } from "#kernel";
import { rulesOf } from "#policy";

const PAGE = 500;

/**
 * Ends the sealed evidence (IP address, user agent) of consent records that stopped to matter long
 * enough ago. The record itself, and its hash in the ledger, stay.
 *
 * A record matters until the next one of its purpose takes its place, or until it runs out.
 *
 * @source GDPR Art. 7(1), 5(1)(e); the retention is the packs' `consentRecordRetentionDays`
 */
export async function endEvidence(world: ErasureWorld): Promise<number> {
  const { audit, clock, keyring, region } = world;
  const days = rulesOf(world.policy).consentRecordRetentionDays.value;
  if (days === null) return 0;
  const before = (clock.now() - days * DAY_MS) as EpochMs;
  let ended = 0;
  // What is ended is not found again, so that each page is the first.
  for (;;) {
    const old = await audit.store.consentsWithEvidence(before, PAGE);
    for (const { id, subject } of old) {
      await audit.record({
        t: "consent.evidence-end",
        // Theirs, not the caller's: who oversees it reads it.
        tenant: (await keyring.tenantOf(subject)) ?? ALL_TENANTS,
        region,
        actor: SYSTEM_ACTOR,
        subject,
        facts: { consent: id },
      });
      await audit.store.endConsentEvidence(subject, [id]);
    }
    ended += old.length;
    if (old.length < PAGE) return ended;
  }
}
