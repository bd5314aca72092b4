import type { ConsentRow } from "#audit";
import { SYSTEM_ACTOR, type ErasureWorld } from "#erasure";
import { DAY_MS, type EpochMs, type Word } from "#kernel";
import { rulesOf } from "#policy";

const PAGE = 500;

/**
 * Ends the sealed evidence (IP address, user agent) of consent records that stopped to matter long
 * enough ago. The record itself, and its hash in the ledger, stay.
 *
 * A record matters until the next one of its purpose takes its place.
 *
 * @source GDPR Art. 7(1), 5(1)(e); the retention is the packs' `consentRecordRetentionDays`
 */
export async function endEvidence(world: ErasureWorld, tenant: Word): Promise<number> {
  const days = rulesOf(world.policy).consentRecordRetentionDays.value;
  if (days === null) return 0;
  const before = (world.clock.now() - days * DAY_MS) as EpochMs;
  const old = await world.audit.store.consentsWithEvidence(before, PAGE);
  let ended = 0;
  for (const row of old) {
    const next = await nextOf(world, row);
    if (next === null || next.collectedAt >= before) continue;
    await world.audit.record({
      t: "consent.evidence-end",
      tenant,
      region: world.region,
      actor: SYSTEM_ACTOR,
      subject: row.subject,
      facts: { consent: row.id },
    });
    await world.audit.store.endConsentEvidence(row.subject, [row.id]);
    ended += 1;
  }
  return ended;
}

/** The record that took this one's place; a withdrawal matters only as long as itself. */
async function nextOf({ audit }: ErasureWorld, row: ConsentRow): Promise<ConsentRow | null> {
  const rows = (await audit.store.consents(row.subject)).filter(
    ({ purpose }) => purpose === row.purpose,
  );
  const next = rows[rows.findIndex(({ id }) => id === row.id) + 1];
  return next ?? (row.granted ? null : row);
}
