import type { EpochMs, Word } from "#kernel";
import { HOST_KINDS, rulesOf, ROLES } from "#policy";

import type { AccountabilityWorld } from "./world.ts";

/** A safeguard that is in use here, with what was read of it. */
export interface Measure {
  readonly measure: string;
  readonly says: string;
  readonly facts: Readonly<Record<string, number | string | boolean | null>>;
}

/**
 * The safeguards of this installation, as they are: read from its stores, not from its papers.
 *
 * @source GDPR Art. 30(1)(g), 32(1)
 */
export async function securityMeasures(world: AccountabilityWorld): Promise<readonly Measure[]> {
  const { audit, keyring, policy, region, clock } = world;
  const now = clock.now();
  const epochs = await keyring.epochs();
  const active = epochs.find(({ state }) => state === "active");
  const sizes = await Promise.all(audit.store.logs.map((log) => audit.store.head(log)));
  const signed = await audit.notary.last("ledger");
  const backups = await audit.store.outstandingBackups(now, 1);
  const rules = rulesOf(policy);
  const hosts = policy.regions[region]?.hosts ?? {};
  return [
    {
      measure: "encryption",
      says: "Each item is sealed with AES-256-GCM under a random key of its own revision.",
      facts: { rootKeys: active?.provider ?? null, epoch: active?.epoch ?? null },
    },
    {
      measure: "erasure",
      says: "Erasing destroys keys first; the end of a key epoch makes it final in every backup.",
      facts: {
        epochsDestroyed: epochs.filter(({ state }) => state === "destroyed").length,
        epochsRetiring: epochs.filter(({ state }) => state === "retiring").length,
      },
    },
    {
      measure: "audit-log",
      says: "Each use is in an append-only log before it is answered; a notary signs the log.",
      facts: {
        logs: audit.store.logs.length,
        entries: sizes.reduce((sum, { size }) => sum + size, 0),
        ledgerSigned: signed?.size ?? 0,
        verifierKey: audit.notary.verifierKey("ledger"),
        yearsKept: rules.auditRetentionYears.value,
      },
    },
    {
      measure: "access-control",
      says: "Each call names who asks; memories are read for one declared purpose at a time.",
      facts: { builtInRoles: ROLES.length, purposes: Object.keys(policy.purposes).length },
    },
    {
      measure: "residency",
      says: "What a person said is kept in their region; what leaves needs an authorisation.",
      facts: {
        region,
        jurisdictions: policy.regions[region]?.jurisdictions.join(" ") ?? null,
        standingTransfers: policy.transfers?.filter(({ from }) => from === region).length ?? 0,
      },
    },
    {
      measure: "hosts",
      says: "Who runs the machines of databases, root keys and backups is registered.",
      facts: Object.fromEntries(
        HOST_KINDS.map((kind) => {
          const host: Word | null | undefined = hosts[kind];
          return [kind, host === undefined ? "self" : host];
        }),
      ),
    },
    {
      measure: "backups",
      says: "Each backup is in the ledger before its first byte, with the day of its end.",
      facts: { outstanding: backups.count, lastEnd: dayOf(backups.until) },
    },
  ];
}

/** A day in Universal Time. */
export function dayOf(at: EpochMs | null): string | null {
  return at === null ? null : new Date(at).toISOString().slice(0, 10);
}
