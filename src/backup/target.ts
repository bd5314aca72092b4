import { inForce, unfitHost } from "#egress";
import { ALL_TENANTS, OubliError, word, type Word } from "#kernel";
import { processorOf } from "#policy";

import type { BackupWorld, By } from "./world.ts";

/** Where a backup goes: the region it lies in, and who keeps it there. */
export interface Target {
  readonly region: Word;
  /** A processor's name, or `self`. */
  readonly host: Word;
}

const SELF = word("self");

/**
 * The place that a backup may go to. It leaves its region under no circumstances: there is no way
 * yet to authorise that for everybody in it. Its host is the one that the configuration names,
 * with its contracts in force: sealed or not, who keeps it is a processor.
 *
 * @throws {OubliError} `PROCESSOR_REFUSED`; the refusal is in the log before it is thrown.
 * @source GDPR Art. 28(3), 44 · 45 CFR 164.308(b), 164.502(e)
 */
export async function targetOf(world: BackupWorld, by: By, region: Word): Promise<Target> {
  const refusal = refusalOf(world, region);
  if (refusal === null) return { region, host: hostOf(world) ?? SELF };
  await world.audit.record({
    t: "deny",
    tenant: ALL_TENANTS,
    region: world.region,
    actor: by.actor,
    subject: null,
    facts: { decision: word("refused"), verb: word("backup"), ...refusal },
  });
  throw new OubliError("PROCESSOR_REFUSED", refusal);
}

/** `null`: somebody's, and no contract is on record; absent: the controller's own. */
function hostOf({ policy, region }: BackupWorld): Word | null | undefined {
  return policy.regions[region]?.hosts?.backup;
}

function refusalOf(world: BackupWorld, to: Word): Readonly<Record<string, Word>> | null {
  const { policy, region, clock } = world;
  if (to !== region) {
    const reason = word("transfer-not-authorised");
    return { guard: word("region"), reason, from: region, to };
  }
  const host = hostOf(world);
  if (host === null) return no(word("host-unnamed"));
  const processor = host === undefined ? null : processorOf(policy, host);
  if (processor !== null && !inForce(processor.dpa, clock.now())) {
    return no(word("dpa-not-in-force"));
  }
  const covered = policy.regions[region]?.hipaaCovered === true;
  const unfit = covered ? unfitHost(policy, region, clock.now()) : null;
  return unfit && { ...no(unfit.reason as Word), host: unfit.kind as Word };
}

function no(reason: Word) {
  return { guard: word("contract"), reason, host: word("backup") };
}
