import { OubliError, type Word } from "#kernel";
import { isPhi, type CategoryId } from "#policy";

import { unfitHost } from "./contract.ts";
import { saying } from "./guard.ts";
import type { EgressWorld, Recipient } from "./world.ts";

/** What is about to be stored. */
export interface Storing {
  readonly verb: Word;
  readonly purpose: Word | null;
  readonly categories: readonly CategoryId[];
}

/**
 * Refuses to store protected health information with a host that has no agreement in force. A
 * refusal is in the log before it is thrown.
 *
 * @throws {OubliError} `PROCESSOR_REFUSED`
 * @source 45 CFR 164.308(b), 164.502(e)
 */
export async function refuseUnfitHosts(
  { policy, region, audit, clock }: EgressWorld,
  { tenant, actor, subject, session }: Recipient,
  { verb, purpose, categories }: Storing,
): Promise<void> {
  if (!isPhi(categories, { policy, region })) return;
  const unfit = unfitHost(policy, region, clock.now());
  if (unfit === null) return;
  const said = { ...saying("contract", unfit.reason), host: unfit.kind as Word };
  const facts = { decision: "refused" as Word, verb, purpose, ...said };
  await audit.record({ t: "deny", tenant, region, actor, subject, session, facts });
  throw new OubliError("PROCESSOR_REFUSED", said);
}
