import { describe, word, type Details, type EpochMs, type SubjectId, type Word } from "#kernel";
import {
  consentState,
  isPhi,
  processorOf,
  type CategoryId,
  type Policy,
  type PolicyFacts,
  type Processor,
} from "#policy";

import { earliest, endOfContract, hostsEnd, inForce, unfitHost } from "./contract.ts";
import { saying, type EgressGuard, type EgressReason } from "./guard.ts";
import type { Transfer } from "./transfers.ts";

const SHARING = word("third_party_sharing");

/** What is about to be given to whom, and what for. */
export interface EgressRequest {
  /** What the caller gave. It need not be registered: the guard `processor` says so. */
  readonly processor: string;
  readonly subject: SubjectId;
  /** The subject's home. */
  readonly region: Word;
  /** All of them: each has its own permit already. */
  readonly purposes: readonly Word[];
  /** Of all items together. */
  readonly categories: readonly CategoryId[];
  /** Whether any of them was tagged as protected health information where it was stored. */
  readonly phi: boolean;
  readonly transfer: Transfer | null;
  readonly at: EpochMs;
}

interface NotPermitted {
  readonly guard: Word;
  readonly reason: Word;
  readonly details: Details;
}

export interface EgressRefusal extends NotPermitted {
  readonly outcome: "refused";
  readonly code: "PROCESSOR_REFUSED" | "CONSENT_MISSING" | "SUBJECT_RESTRICTED" | "SUBJECT_ERASED";
}

/** The configuration does not say whether the processor may have it. */
export interface EgressGap extends NotPermitted {
  readonly outcome: "gap";
  readonly code: "POLICY_GAP";
}

export interface EgressLeave {
  readonly outcome: "permitted";
  readonly name: Word;
  readonly processor: Processor;
  readonly phi: boolean;
  /** What lets it out of its region; `null` where it stays. */
  readonly transfer: Transfer | null;
  /** When the first contract or consent it rests on ends: nothing may leave at or after it. */
  readonly notAfter: EpochMs | null;
}

export type EgressDecision = EgressLeave | EgressRefusal | EgressGap;

interface Asked {
  readonly name: Word;
  readonly processor: Processor;
  readonly phi: boolean;
  readonly request: EgressRequest;
  readonly facts: PolicyFacts;
  readonly policy: Policy;
}

/**
 * Decides whether content may be given to a processor, at one instant. Asks the guards in their
 * order; the first that says no decides.
 *
 * Pure, so that an auditor can replay it. It comes beside the policy's decision about the use, and
 * never in its place: the caller holds a permit for each purpose.
 *
 * @source GDPR Art. 28(3), 44, 5(1)(b), 5(1)(c), 18(2) · 45 CFR 164.502(e), 164.504(e)
 */
export function decideEgress(
  request: EgressRequest,
  facts: PolicyFacts,
  policy: Policy,
): EgressDecision {
  const asked = known(request, facts, policy);
  if ("outcome" in asked) return asked;
  return (
    contract(asked) ??
    region(asked) ??
    training(asked) ??
    category(asked) ??
    purpose(asked) ??
    thirdParty(asked) ??
    restricted(asked) ??
    erased(asked) ??
    leave(asked)
  );
}

/** Registered, and somebody who may read what it gets. A host holds sealed content alone. */
function known(request: EgressRequest, facts: PolicyFacts, policy: Policy): Asked | EgressRefusal {
  const processor = processorOf(policy, request.processor);
  if (processor === null) {
    return refuse("processor", "processor-unknown", {
      given: describe(request.processor),
      accepted: Object.keys(policy.processors ?? {}).sort() as Word[],
    });
  }
  const name = request.processor as Word;
  if (processor.role === "infrastructure") {
    return refuse("processor", "host-only", { processor: name });
  }
  const phi = request.phi || isPhi(request.categories, { policy, region: request.region });
  return { name, processor, phi, request, facts, policy };
}

function contract({ name, processor, phi, request, policy }: Asked): EgressRefusal | null {
  const { at, region } = request;
  const no = (reason: EgressReason) => refuse("contract", reason, { processor: name });
  if (!inForce(processor.dpa, at)) return no("dpa-not-in-force");
  if (!phi) return null;
  if (processor.baa === null) return no("baa-missing");
  if (!inForce(processor.baa, at)) return no("baa-not-in-force");
  const unfit = unfitHost(policy, region, at);
  return unfit && refuse("contract", unfit.reason, { host: unfit.kind as Word });
}

/** What leaves its region needs a transfer authorisation, whatever the contract says. */
function region({ name, processor, request }: Asked): EgressRefusal | null {
  if (processor.region === request.region || request.transfer !== null) return null;
  return refuse("region", "transfer-not-authorised", {
    processor: name,
    from: request.region,
    to: processor.region,
  });
}

function training(asked: Asked): EgressRefusal | null {
  const { name, processor } = asked;
  const { trainsOnData, trainingPurpose } = processor;
  if (!trainsOnData) return null;
  if (trainingPurpose === null)
    return refuse("training", "training-not-allowed", { processor: name });
  if (explicitTo(asked, trainingPurpose).given) return null;
  return refuse("training", "training-not-consented", consentTo(trainingPurpose));
}

function category({ name, processor, request }: Asked): EgressRefusal | EgressGap | null {
  const { categories } = processor;
  if (categories === null) return gap("recipient-category", "categories-not-configured", name);
  const refused = request.categories.filter((id) => !categories.some((other) => other === id));
  if (refused.length === 0) return null;
  return refuse("recipient-category", "category-not-allowed", {
    processor: name,
    categories: refused as readonly string[] as readonly Word[],
    accepted: categories,
  });
}

function purpose({ name, processor, request }: Asked): EgressRefusal | EgressGap | null {
  const { purposes } = processor;
  if (purposes === null) return gap("recipient-purpose", "purposes-not-configured", name);
  const refused = request.purposes.find((asked) => !purposes.includes(asked));
  if (refused === undefined) return null;
  return refuse("recipient-purpose", "purpose-not-allowed", {
    processor: name,
    purpose: refused,
    accepted: purposes,
  });
}

/** Nothing is shared with a third party without explicit consent to exactly that. */
function thirdParty(asked: Asked): EgressRefusal | null {
  if (asked.processor.role !== "third-party" || explicitTo(asked, SHARING).given) return null;
  return refuse("third-party", "explicit-consent-missing", consentTo(SHARING));
}

function restricted({ processor, request, facts }: Asked): EgressRefusal | null {
  const purposes =
    processor.role === "third-party" ? [...request.purposes, SHARING] : request.purposes;
  const applies = facts.restrictions.some(
    ({ purpose }) => purpose === null || purposes.some((other) => other === purpose),
  );
  return applies ? refuse("restricted", "subject-restricted") : null;
}

function erased({ facts }: Asked): EgressRefusal | null {
  return facts.subjectErased ? refuse("erased", "subject-erased") : null;
}

function leave(asked: Asked): EgressLeave {
  const { name, processor, phi, request, policy } = asked;
  const transfer = processor.region === request.region ? null : request.transfer;
  const ends = [
    endOfContract(processor.dpa),
    phi && processor.baa ? endOfContract(processor.baa) : null,
    phi ? hostsEnd(policy, request.region) : null,
    transfer?.validUntil ?? null,
    processor.trainsOnData ? explicitTo(asked, processor.trainingPurpose!).endsAt : null,
    processor.role === "third-party" ? explicitTo(asked, SHARING).endsAt : null,
  ];
  return { outcome: "permitted", name, processor, phi, transfer, notAfter: earliest(ends) };
}

function explicitTo({ request, facts, policy }: Asked, purpose: Word) {
  const { inForce, explicit, endsAt } = consentState(
    facts.consents.get(purpose),
    request.at,
    policy,
  );
  return { given: inForce && explicit, endsAt };
}

/** The details from which the error prints the grant that would mend it. */
function consentTo(purpose: Word): Details {
  return { purpose, explicit: true };
}

const CODES: Partial<Record<EgressReason, EgressRefusal["code"]>> = {
  "training-not-consented": "CONSENT_MISSING",
  "explicit-consent-missing": "CONSENT_MISSING",
  "subject-restricted": "SUBJECT_RESTRICTED",
  "subject-erased": "SUBJECT_ERASED",
};

function refuse(guard: EgressGuard, reason: EgressReason, details: Details = {}): EgressRefusal {
  const said = saying(guard, reason);
  const code = CODES[reason] ?? "PROCESSOR_REFUSED";
  return { outcome: "refused", code, ...said, details: { ...said, ...details } };
}

function gap(guard: EgressGuard, reason: EgressReason, processor: Word): EgressGap {
  const said = saying(guard, reason);
  return { outcome: "gap", code: "POLICY_GAP", ...said, details: { ...said, processor } };
}
