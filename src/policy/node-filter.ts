import type { EpochMs } from "#kernel";

import type { Permit } from "./decision.ts";
import { guard, type Guard } from "./guard.ts";
import type { NodeFacts } from "./node-facts.ts";
import { filterOf } from "./permit.ts";
import { policyDigest } from "./policy-digest.ts";
import { earlier, endFor, endOf, isOver, retentionsOf } from "./retention.ts";

const PURPOSE = guard("purpose");
const CONSENT = guard("consent");
const CATEGORY = guard("category");
const EXPIRED = guard("expired");

/**
 * The first guard that withholds a node under a permit at an instant, or `null`.
 *
 * Cost: no object is made for a node that is days away from its end; callers run it over a whole
 * working set on each recall, before ranking.
 *
 * @throws {OubliError} `POLICY_REFUSED` for a permit that `decide` did not make.
 * @source GDPR Art. 5(1)(b), 5(1)(c), 5(1)(e), 9(1) · 45 CFR 164.502(b)
 */
export function withheldBy(permit: Permit, node: NodeFacts, at: EpochMs): Guard | null {
  const { mode, policy, allowed, unconsented } = filterOf(permit);
  if (mode === "all") return null;
  if (mode === "shown") return hasEnded(endOf(node, policy), at) ? EXPIRED : null;

  const purpose = permit.purpose!;
  if (!node.purposes.includes(purpose)) return PURPOSE;
  if (node.categories.length === 0) return CATEGORY;
  for (const category of node.categories) {
    if (!allowed.has(category)) return unconsented.has(category) ? CONSENT : CATEGORY;
  }
  if (hasEnded(node.expiresAt, at)) return EXPIRED;
  const { purposes, categories } = retentionsOf(policy);
  const retention = purposes.get(purpose);
  if (retention !== undefined && isOver(retention, node.createdAt, at)) return EXPIRED;
  if (categories.size === 0) return null;
  for (const category of node.categories) {
    const cap = categories.get(category);
    if (cap !== undefined && isOver(cap, node.createdAt, at)) return EXPIRED;
  }
  return null;
}

/**
 * Names what `withheldBy` depends on besides the node and the time: two permits with one key
 * withhold the same nodes. A cached result holds until {@link nextExpiry} of what it let through.
 */
export function filterKey(permit: Permit): string {
  const { mode, policy, allowed, unconsented } = filterOf(permit);
  const purpose = mode === "use" ? permit.purpose : "";
  return [mode, purpose, [...allowed].join(), [...unconsented].join(), policyDigest(policy)].join(
    "|",
  );
}

/**
 * The first instant at which one of these nodes, or the consent behind the permit, ends; `null`:
 * none does. What is released must be released before it.
 */
export function nextExpiry(permit: Permit, nodes: Iterable<NodeFacts>): EpochMs | null {
  const { mode, policy } = filterOf(permit);
  const retentions = retentionsOf(policy);
  let end = permit.notAfter;
  if (mode === "all") return end;
  for (const node of nodes) {
    const own = mode === "use" ? endFor(node, permit.purpose!, retentions) : endOf(node, policy);
    end = earlier(end, own);
  }
  return end;
}

function hasEnded(end: EpochMs | null, at: EpochMs): boolean {
  return end !== null && end <= at;
}
