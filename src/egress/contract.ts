import type { EpochMs } from "#kernel";
import { HOST_KINDS, processorOf, type Contract, type HostKind, type Policy } from "#policy";

import type { EgressReason } from "./guard.ts";

/** Whether a contract is in force: from the start of the day it was signed until that of its end. */
export function inForce({ signed, expires }: Contract, at: EpochMs): boolean {
  return startOf(signed) <= at && (expires === null || at < startOf(expires));
}

/** When a contract ends; `null`: it has no end. */
export function endOfContract({ expires }: Contract): EpochMs | null {
  return expires === null ? null : startOf(expires);
}

/** In Universal Time, as every end in Oubli. */
function startOf(day: string): EpochMs {
  return Date.parse(`${day}T00:00:00Z`) as EpochMs;
}

export interface UnfitHost {
  readonly kind: HostKind;
  readonly reason: EgressReason;
}

/**
 * The first host of a region that may not hold protected health information, or `null`. That it
 * holds it sealed makes no difference: whoever keeps it is a business associate, key or no key.
 *
 * @source 45 CFR 160.103 (business associate), 164.308(b), 164.502(e)
 */
export function unfitHost(policy: Policy, region: string, at: EpochMs): UnfitHost | null {
  const hosts = policy.regions[region]?.hosts ?? {};
  for (const kind of HOST_KINDS) {
    const name = hosts[kind];
    if (name === undefined) continue;
    const baa = name === null ? null : (processorOf(policy, name)?.baa ?? null);
    if (name === null) return { kind, reason: "host-unnamed" };
    if (baa === null) return { kind, reason: "baa-missing" };
    if (!inForce(baa, at)) return { kind, reason: "baa-not-in-force" };
  }
  return null;
}

/** When the first agreement of a region's hosts ends. */
export function hostsEnd(policy: Policy, region: string): EpochMs | null {
  const hosts = Object.values(policy.regions[region]?.hosts ?? {});
  const ends = hosts.flatMap((name) => {
    const baa = name === null ? null : processorOf(policy, name)?.baa;
    return baa ? [endOfContract(baa)] : [];
  });
  return earliest(ends);
}

export function earliest(ends: readonly (EpochMs | null)[]): EpochMs | null {
  const known = ends.filter((end) => end !== null);
  return known.length === 0 ? null : (Math.min(...known) as EpochMs);
}
