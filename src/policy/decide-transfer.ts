import type { EpochMs, Word } from "#kernel";

import type { CategoryId } from "./categories.ts";
import { isWithinEea, servesEea } from "./jurisdiction.ts";
import { isPhi, rulesOf, type Policy } from "./policy.ts";
import { isHealth, TRANSFER_MECHANISMS, type TransferMechanism } from "./transfer-mechanism.ts";

/** A person's data that are to leave their region for another one of the configuration. */
export interface TransferRequest {
  readonly from: Word;
  readonly to: Word;
  readonly mechanism: TransferMechanism;
  readonly expires: EpochMs;
  /** What was authorised; `null`: everything. */
  readonly scope: readonly CategoryId[] | null;
  /** What the person has. */
  readonly categories: readonly CategoryId[];
  /** Whether anything of it was tagged as protected health information. */
  readonly phi: boolean;
  readonly at: EpochMs;
}

export type TransferReason =
  | "authorisation-expired"
  | "mechanism-missing"
  | "health-stays"
  | "phi-not-covered"
  | "outside-scope";

export interface TransferRefusal {
  readonly reason: TransferReason;
  /** Which categories it is about; empty where it is about all. */
  readonly categories: readonly CategoryId[];
}

/**
 * Why data may not go to another region, or `null`.
 *
 * A person has one home, so a transfer is of everything: an authorisation that leaves out something
 * they have authorises none of it.
 *
 * @source GDPR Art. 9, 44–49 · 45 CFR 164.502(e), 164.308(b)
 */
export function decideTransfer(request: TransferRequest, policy: Policy): TransferRefusal | null {
  const { from, to, mechanism, expires, scope, categories, at } = request;
  if (expires <= at) return no("authorisation-expired");
  const facts = TRANSFER_MECHANISMS[mechanism];
  const leaves =
    servesEea(policy.regions[from]!.jurisdictions) &&
    !isWithinEea(policy.regions[to]!.jurisdictions);
  if (leaves && !facts.leavesEea) return no("mechanism-missing");
  const health = categories.filter(isHealth);
  const staysHome = rulesOf(policy).healthStaysInEea.value === true;
  if (leaves && staysHome && health.length > 0 && !facts.health) return no("health-stays", health);
  const phi = request.phi || isPhi(categories, { policy, region: from });
  if (phi && !policy.regions[to]!.hipaaCovered) return no("phi-not-covered");
  const outside = scope === null ? [] : categories.filter((id) => !scope.includes(id));
  return outside.length > 0 ? no("outside-scope", outside) : null;
}

function no(reason: TransferReason, categories: readonly CategoryId[] = []): TransferRefusal {
  return { reason, categories };
}
