import { describe, LIMITS, type Word } from "#kernel";

import { CATEGORY_IDS } from "./categories.ts";
import type { Decision } from "./decision.ts";
import { guard, type GuardName } from "./guard.ts";
import { mint, type NodeFilter } from "./permit.ts";
import { purposeOf, type Policy } from "./policy.ts";
import { refuse } from "./refuse.ts";
import type { PolicyFacts, PolicyRequest } from "./request.ts";
import { VERBS, type Verb, type VerbFacts } from "./verb.ts";

const EVERYTHING: ReadonlySet<string> = new Set(CATEGORY_IDS);
const NOTHING: ReadonlySet<string> = new Set();

/**
 * Permits a right that the actor's role holds. It rests on the controller's legal obligation.
 *
 * An erased subject has nothing left to be shown, and no consent to give; what narrows or ends
 * processing is never refused.
 *
 * @source GDPR Art. 6(1)(c), 7(3), 15–18, 20
 */
export function decideRight<V extends Verb>(
  request: PolicyRequest<V>,
  facts: PolicyFacts,
  policy: Policy,
): Decision<V> {
  const { right }: VerbFacts = VERBS[request.verb];
  const { purpose } = request;
  if (right === "consents" && (purpose === null || purposeOf(policy, purpose) === null)) {
    return refuse("purpose", "purpose-unknown", "PURPOSE_UNKNOWN", {
      given: describe(purpose),
      declared: Object.keys(policy.purposes).sort() as Word[],
    });
  }
  if (facts.subjectErased && (right === "discloses" || right === "consents")) {
    return refuse("erased", "subject-erased", "SUBJECT_ERASED");
  }
  const permit = mint<V>(
    {
      kind: "right",
      verb: request.verb,
      actor: request.actor,
      subject: request.subject,
      purpose: null as never,
      basis: "legal-obligation",
      gateSeq: facts.gateSeq,
      policySeq: facts.policySeq,
      notAfter: null,
      categories: CATEGORY_IDS,
      maxNodes: LIMITS.subjectNodesMax,
      relevanceFloor: 0,
      use: "quote",
    },
    rightFilter(right, policy),
  );
  return { outcome: "permitted", permit };
}

function rightFilter(right: VerbFacts["right"], policy: Policy): NodeFilter {
  const asked: Record<NonNullable<typeof right>, readonly GuardName[]> = {
    discloses: ["role", "erased", "expired"],
    oversees: ["role"],
    consents: ["role", "purpose", "erased"],
    narrows: ["role"],
    keeps: ["role"],
  };
  return {
    policy,
    mode: right === "discloses" ? "shown" : "all",
    allowed: EVERYTHING,
    unconsented: NOTHING,
    guards: asked[right!].map(guard),
  };
}
