import type { AuditLog, ConsentRow, Draft, Effect, GateCheck } from "#audit";
import {
  canonicalBytes,
  DAY_MS,
  utf8Text,
  type Clock,
  type ConsentId,
  type EpochMs,
  type Ids,
  type Word,
} from "#kernel";
import type { Keyring } from "#keys";
import { assertDeclared, assertPermit, rulesOf, type Permit, type Policy } from "#policy";

import { isActive, type ConsentEvidence, type ConsentInput, type ConsentRecord } from "./record.ts";

/** What the ledger works with. */
export interface ConsentWorld {
  readonly region: Word;
  readonly policy: Policy;
  readonly audit: AuditLog;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** What happens to memories that rested on a withdrawn consent alone. */
export type AfterWithdrawal =
  /** They are erased: the default. @source GDPR Art. 17(1)(b) */
  | { readonly erase: true }
  /** They are kept, restricted, on a stated ground. @source GDPR Art. 17(3), 18(2) */
  | { readonly keepOn: Word };

/**
 * Records that a person agreed to a purpose. Effective with the next read and write.
 *
 * @returns the record, or `"stale"` when the subject's gate moved since the permit was given.
 * @throws {OubliError} `PURPOSE_UNKNOWN`; `AUDIT_UNAVAILABLE`.
 * @source GDPR Art. 6(1)(a), 7(1), 9(2)(a)
 */
export function grant(
  world: ConsentWorld,
  permit: Permit<"grant">,
  tenant: Word,
  input: ConsentInput,
): Promise<ConsentRecord | "stale"> {
  return record(world, permit, tenant, input, true, []);
}

/**
 * Records that a person took their consent back. In the same transaction the gate moves, so the
 * next read finds it, and the erasure of what rested on it alone is queued, so no crash loses it.
 *
 * @source GDPR Art. 7(3) (as easy to withdraw as to give), 17(1)(b)
 */
export function withdraw(
  world: ConsentWorld,
  permit: Permit<"withdraw">,
  tenant: Word,
  input: ConsentInput,
  after: AfterWithdrawal,
): Promise<ConsentRecord | "stale"> {
  const { subject } = permit;
  const purpose = input.purpose as Word;
  const now = world.clock.now();
  const effect: Effect =
    "keepOn" in after
      ? {
          kind: "restrict",
          row: {
            subject,
            id: world.ids.next("restriction"),
            purpose,
            ground: after.keepOn,
            since: now,
          },
        }
      : {
          kind: "queue",
          row: {
            subject,
            id: world.ids.next("erasure"),
            tenant,
            reason: "consent-withdrawn" as Word,
            scope: { purpose },
            queuedAt: now,
          },
        };
  return record(world, permit, tenant, input, false, [effect]);
}

async function record(
  world: ConsentWorld,
  permit: Permit<"grant" | "withdraw">,
  tenant: Word,
  input: ConsentInput,
  granted: boolean,
  effects: readonly Effect[],
): Promise<ConsentRecord | "stale"> {
  assertPermit(permit);
  assertDeclared(world.policy, input.purpose);
  const collectedAt = input.collectedAt ?? (await nowAfter(world, permit, input));
  const row = rowOf(world, permit, { ...input, collectedAt }, granted);
  const { subject, gateSeq: seq, policySeq } = permit;
  const check: GateCheck = { subject, seq, policySeq, notAfter: null };
  const entry = {
    t: granted ? "consent.grant" : "consent.withdraw",
    tenant,
    region: world.region,
    actor: permit.actor,
    subject,
    facts: {
      consent: row.id,
      purpose: row.purpose,
      explicit: row.explicit,
      collectedAt: row.collectedAt,
      validUntil: row.validUntil,
      policyVersion: row.policyVersion,
      mechanism: row.mechanism,
      language: row.language,
      policy: policySeq,
      ...restrictionFacts(effects),
      gate: seq + 1,
    },
  } as const;
  const evidence = await sealEvidence(world, row, input);
  const done = await world.audit.record(entry, {
    check,
    effects: [
      { kind: "consent", row, evidence },
      { kind: "gate", subject, pending: 0 },
      ...effects,
    ],
  });
  return done.status === "stale" ? "stale" : { ...row, index: done.index };
}

/** What is kept, restricted, on another ground: the ledger tells every row that gates read. */
function restrictionFacts(effects: readonly Effect[]): Draft["facts"] {
  const restricted = effects.find((effect) => effect.kind === "restrict");
  if (!restricted) return {};
  const { id, ground, since } = restricted.row;
  return { restriction: id, ground, since };
}

/**
 * Now, and never before the purpose's latest record, so that a clock which stepped back does not
 * put a withdrawal behind the consent that it ends. A record that comes between moves the gate, and
 * the act starts again.
 */
async function nowAfter(
  { audit, clock }: ConsentWorld,
  { subject }: Permit,
  { purpose }: ConsentInput,
): Promise<EpochMs> {
  const rows = await audit.store.consents(subject);
  const latest = rows.findLast((row) => row.purpose === purpose);
  return Math.max(clock.now(), latest?.collectedAt ?? 0) as EpochMs;
}

function rowOf(
  { policy, ids }: ConsentWorld,
  { subject }: Permit,
  input: ConsentInput & { readonly collectedAt: EpochMs },
  granted: boolean,
): Omit<ConsentRow, "index"> {
  const { explicit, collectedAt } = input;
  const days = rulesOf(policy).consentValidityDaysMax.value;
  const longest = days === null ? null : ((collectedAt + days * DAY_MS) as EpochMs);
  const ends = [input.validUntil, longest].filter((at) => at !== null);
  return {
    subject,
    id: ids.next("consent"),
    purpose: input.purpose as Word,
    granted,
    explicit,
    collectedAt,
    validUntil: granted && ends.length > 0 ? (Math.min(...ends) as EpochMs) : null,
    policyVersion: input.policyVersion as Word,
    mechanism: input.mechanism as Word,
    language: input.language as Word | null,
  };
}

async function sealEvidence(
  { keyring }: ConsentWorld,
  { subject, id }: Pick<ConsentRow, "subject" | "id">,
  { ipAddress, userAgent }: ConsentEvidence,
): Promise<Uint8Array | null> {
  if (ipAddress === null && userAgent === null) return null;
  return keyring.sealEvidence(subject, id, canonicalBytes({ ipAddress, userAgent }));
}

/**
 * What a person agreed to by some records: `true` or `false` for each purpose they ever said
 * anything about. A withdrawn purpose is `false`, never absent.
 */
export function activeBy(rows: readonly ConsentRow[], at: EpochMs): Record<string, boolean> {
  const active: Record<string, boolean> = {};
  // Oldest first: of two records of one purpose the later one counts.
  for (const row of rows) active[row.purpose] = isActive(row, at);
  return active;
}

/** The sealed parts of a subject's records that are still kept. */
export async function evidenceOf(
  { audit, keyring }: ConsentWorld,
  rows: readonly ConsentRow[],
): Promise<ReadonlyMap<ConsentId, ConsentEvidence>> {
  const subject = rows[0]?.subject;
  if (!subject) return new Map();
  const opened = new Map<ConsentId, ConsentEvidence>();
  for (const [id, sealed] of await audit.store.consentEvidence(subject)) {
    const bytes = await keyring.openEvidence(subject, id, sealed);
    opened.set(id, JSON.parse(utf8Text(bytes)) as ConsentEvidence);
  }
  return opened;
}
