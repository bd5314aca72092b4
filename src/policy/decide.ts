import { written } from "./config-error.ts";
import type { Decision } from "./decision.ts";
import { decideRight } from "./decide-right.ts";
import { decideUse } from "./decide-use.ts";
import type { Policy } from "./policy.ts";
import { refuse } from "./refuse.ts";
import type { PolicyFacts, PolicyRequest } from "./request.ts";
import { hasRight, rolesTowards } from "./roles.ts";
import { VERBS, type Verb, type VerbFacts } from "./verb.ts";

/**
 * Decides whether an actor may do one verb with one subject's memories, for one purpose, at one
 * instant. The only place where a permit comes from.
 *
 * Pure, so that an auditor can replay it: equal requests, facts and policies decide alike. Whoever
 * holds a right by role exercises it: purpose, consent and restriction do not stand in its way.
 *
 * @source GDPR Art. 5(1)(b) (purpose limitation), 6(1), 9(2) (lawfulness), 15–18 and 20 (rights)
 */
export function decide<V extends Verb>(
  request: PolicyRequest<V>,
  facts: PolicyFacts,
  policy: Policy,
): Decision<V> {
  const roles = rolesTowards(request.actor, request.subject);
  if (hasRight(request.verb, roles)) return decideRight(request, facts, policy);
  const { use, rightOf }: VerbFacts = VERBS[request.verb];
  if (!use) {
    return refuse("role", "role-missing", "POLICY_REFUSED", { accepted: rightOf.map(written) });
  }
  return decideUse(request, facts, { policy, roles });
}
