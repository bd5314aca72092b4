import type { ConsentRow, Effect, Lapse } from "#audit";
import { apart, runQueue, type ErasureWorld } from "#erasure";
import {
  ALL_TENANTS,
  DAY_MS,
  SYSTEM_ACTOR,
  type EpochMs,
  type SubjectId,
  type Word,
} from "#kernel";
import { rulesOf } from "#policy";

import { policySeqOf, type Mark } from "./mark.ts";

const PAGE = 500;

/**
 * Erases what rested alone on consents that ran out since the last sweep, as a withdrawal does.
 * They are queued in the transaction that moves the mark, so that no crash loses one, and a hold
 * only defers it. After a change of the policy all that ever ran out are looked at once more, since
 * what needs consent, and how long one lasts, may have changed.
 *
 * @returns the mark by now, and how many erasures were carried out.
 * @source GDPR Art. 17(1)(b), 5(1)(e)
 */
export async function eraseLapsed(
  world: ErasureWorld,
  tenant: Word,
  { mark, failed }: { readonly mark: Mark; readonly failed: Set<SubjectId> },
): Promise<{ readonly mark: Mark; readonly erased: number }> {
  const { audit, clock } = world;
  const policy = await policySeqOf(world);
  if (policy === null) return { mark, erased: 0 };
  const lapsedTo = Math.max(clock.now(), mark.lapsedTo) as EpochMs;
  const next = { ...mark, policy, lapsedTo, ledger: (await audit.store.head("ledger")).size };
  const days = rulesOf(world.policy).consentValidityDaysMax.value;
  const lapse = {
    after: policy === mark.policy ? mark.lapsedTo : (-1 as EpochMs),
    fromIndex: mark.ledger,
    until: lapsedTo,
    validityMs: days === null ? null : days * DAY_MS,
  };
  let erased = 0;
  for (const subject of await queueLapsed(world, tenant, { mark, next, lapse })) {
    await apart(failed, subject, async () => {
      erased += (await runQueue(world, subject)).length;
    });
  }
  return { mark: next, erased };
}

async function queueLapsed(
  world: ErasureWorld,
  tenant: Word,
  { mark, next, lapse }: { readonly mark: Mark; readonly next: Mark; readonly lapse: Lapse },
): Promise<ReadonlySet<SubjectId>> {
  const { audit, region } = world;
  const subjects = new Set<SubjectId>();
  for (let after: ConsentRow | null = null; ;) {
    const page: readonly ConsentRow[] = await audit.store.lapsedConsents(lapse, {
      after,
      limit: PAGE,
    });
    if (page.length === 0) return subjects;
    for (const { subject } of page) subjects.add(subject);
    const facts = { lapsed: page.length, ...(page.length < PAGE ? next : mark) };
    const effects = await Promise.all(page.map((row) => queued(world, row)));
    const entry = { t: "retention.run", tenant, region, actor: SYSTEM_ACTOR } as const;
    await audit.record({ ...entry, subject: null, facts }, { effects });
    after = page.at(-1)!;
    if (page.length < PAGE) return subjects;
  }
}

async function queued(world: ErasureWorld, { subject, purpose }: ConsentRow): Promise<Effect> {
  const { ids, clock, keyring } = world;
  return {
    kind: "queue",
    row: {
      subject,
      id: ids.next("erasure"),
      tenant: (await keyring.tenantOf(subject)) ?? ALL_TENANTS,
      reason: "consent-lapsed" as Word,
      scope: { purpose },
      queuedAt: clock.now(),
    },
  };
}
