import {
  OubliError,
  type Actor,
  type Details,
  type EpochMs,
  type SubjectId,
  type Word,
} from "#kernel";

import type { Category } from "./categories.ts";
import type { Guard } from "./guard.ts";
import type { LawfulBasis } from "./lawful.ts";
import type { Use } from "./purpose.ts";
import type { UseVerb, Verb } from "./verb.ts";

declare const minted: unique symbol;

/**
 * Leave to do one verb with one subject's memories. Only `decide` makes one; a copy or a cast of
 * it is refused by every function that takes it.
 */
export interface Permit<V extends Verb = Verb> {
  readonly [minted]: V;
  /** A right rests on the law itself: purpose, consent and restriction do not bind it. */
  readonly kind: "use" | "right";
  readonly verb: V;
  readonly actor: Actor;
  readonly subject: SubjectId;
  /** `null` for a right. */
  readonly purpose: V extends UseVerb ? Word : Word | null;
  readonly basis: LawfulBasis;
  readonly gateSeq: number;
  readonly policySeq: number;
  /** When the consent it rests on ends: nothing may be released at or after it. */
  readonly notAfter: EpochMs | null;
  /** What may be stored or read: all of a node's categories must be among them. */
  readonly categories: readonly Category[];
  readonly maxNodes: number;
  /** The least score a node needs to be returned, 0 to 1. */
  readonly relevanceFloor: number;
  readonly use: Use;
}

/** Why something was not permitted; one word each, for the audit log. */
export type Reason =
  | "role-missing"
  | "purpose-missing"
  | "purpose-unknown"
  | "purpose-not-for-role"
  | "basis-not-configured"
  | "categories-not-configured"
  | "subject-erased"
  | "consent-missing"
  | "explicit-consent-missing"
  | "restricted"
  | "arrival-lost"
  | "category-missing"
  | "category-not-allowed";

interface NotPermitted {
  /** The guard that said no, and why. */
  readonly guard: Guard;
  readonly reason: Reason & Word;
  readonly details: Details;
}

export interface Permitted<V extends Verb = Verb> {
  readonly outcome: "permitted";
  readonly permit: Permit<V>;
}

export interface Refused extends NotPermitted {
  readonly outcome: "refused";
  readonly code:
    | "PURPOSE_UNKNOWN"
    | "CONSENT_MISSING"
    | "POLICY_REFUSED"
    | "SUBJECT_RESTRICTED"
    | "ARRIVAL_LOST"
    | "SUBJECT_ERASED";
}

/** The configuration does not say, so it is not permitted; the operator has something to decide. */
export interface Gap extends NotPermitted {
  readonly outcome: "gap";
  readonly code: "POLICY_GAP";
}

export type Decision<V extends Verb = Verb> = Permitted<V> | Refused | Gap;

/** The error to throw for a decision that does not permit, once it is in the log. */
export function refusalError(decision: Refused | Gap): OubliError {
  return new OubliError(decision.code, decision.details);
}
