import type { Case, CaseFacts, CaseRow } from "#cases";
import type { EpochMs, SessionId, SubjectId, Word } from "#kernel";

import type { Severity } from "./severity.ts";

/** @source w3id.org/dpv/risk (incident status) */
export const INCIDENT_STATES = [
  "suspected",
  "ongoing",
  "halted",
  "concluded",
  "mitigated",
] as const;
export type IncidentState = (typeof INCIDENT_STATES)[number];

/** What was lost: secrecy, correctness, or access. @source GDPR Art. 4(12) */
export const INCIDENT_KINDS = ["confidentiality", "integrity", "availability"] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

/** Why data that others have says nothing to them. */
export const ENCRYPTION_REASONS = ["keys-not-compromised", "keys-destroyed"] as const;
export type EncryptionReason = (typeof ENCRYPTION_REASONS)[number];

/** The four factors, each `low` where it speaks for a low probability. @source 45 CFR 164.402(2) */
export type FourFactors = {
  /** The nature and extent of the information: can people be identified from it? */
  readonly nature: "low" | "high";
  /** Who used it, or got it. */
  readonly recipient: "low" | "high";
  /** Whether it was in fact acquired or viewed. */
  readonly acquired: "low" | "high";
  /** How far the risk has been mitigated. */
  readonly mitigation: "low" | "high";
  /** In the assessor's own words. */
  readonly reasons: string;
};

/** Law enforcement asked for delay: in writing until a date, or orally. @source 45 CFR 164.412 */
export type PoliceDelay =
  | { readonly asked: "in-writing"; readonly until: EpochMs }
  | { readonly asked: "orally"; readonly at: EpochMs };

/** One phase of what became known. @source GDPR Art. 33(4) */
export type Phase = {
  readonly at: EpochMs;
  readonly text: string;
};

/** What letters and notices are written from; each may become known later. */
export type Findings = {
  /** What is likely to happen to the people because of it. @source GDPR Art. 33(3)(c) */
  readonly consequences?: string;
  /** What was done, and is proposed, against it and its effects. @source GDPR Art. 33(3)(d) */
  readonly measures?: string;
  /** What people can do themselves. @source 45 CFR 164.404(c)(1)(C) */
  readonly advice?: string;
  /** What happened, for those it happened to: plain, and without internals. */
  readonly whatHappened?: string;
  /** Why the authority is told late, where it is. @source GDPR Art. 33(1) */
  readonly lateBecause?: string;
  /** Records affected, where the log does not count them. */
  readonly records?: number;
};

/** What is sealed of an incident. @source GDPR Art. 33(5): facts, effects, remedial action */
export type IncidentFile = Findings & {
  readonly description: string;
  readonly containmentActions: readonly string[];
  readonly phases: readonly Phase[];
  readonly fourFactors: FourFactors | null;
  /** Those that the report named. */
  readonly people: readonly SubjectId[];
};

/** Whom and what it reached, as a question to the log. All of it is codes and dates. */
export type ScopeFacts = {
  readonly from: EpochMs | null;
  readonly until: EpochMs | null;
  readonly actor: Word | null;
  readonly session: SessionId | null;
  readonly epoch: number | null;
  readonly subject: SubjectId | null;
  readonly held: boolean;
};

/** What stays readable of an incident: codes, dates and counts. */
export type IncidentFacts = {
  readonly severity: Severity;
  readonly kinds: readonly IncidentKind[];
  readonly risk: "none" | "some" | "high";
  readonly detectedAt: EpochMs;
  /** When the controller knew. */
  readonly awareAt: EpochMs;
  /** The first day on which it was known, or should have been. */
  readonly discoveredAt: EpochMs;
  /** When it happened, where that is known. */
  readonly began: EpochMs | null;
  readonly ended: EpochMs | null;
  readonly affected: number;
  /** Memories affected, as the log counts them; `null`: it was not asked. */
  readonly items: number | null;
  readonly residents: Readonly<Record<string, number>>;
  readonly categories: readonly Word[];
  readonly encrypted: EncryptionReason | null;
  readonly scope: ScopeFacts | null;
  readonly delay: PoliceDelay | null;
  /** When the letters to the people were out; `null`: not yet. */
  readonly individualsToldAt: EpochMs | null;
  /** Of the letters to the people; absent: English. */
  readonly language?: Word;
  /** By whom it was found: a rule's name, or `null` for a report. */
  readonly rule: Word | null;
  /** How far its consequences have been brought about. */
  readonly stage: IncidentStage;
  /** What a restore lost of its file: the officer says it again. Absent: nothing. */
  readonly missing?: readonly Word[];
};

/** `opened`: the DPO is not alerted yet; `queueing`: notices are being made; `settled`: all are. */
export type IncidentStage = "opened" | "queueing" | "settled";

export type IncidentCase = Case<IncidentFile>;

/** The readable part of an incident's row. */
export function factsOf({ facts }: CaseRow): IncidentFacts {
  return facts as unknown as IncidentFacts;
}

/** Every text in it is one of this room's own words, so it may stand in the row and the ledger. */
export function readable(facts: IncidentFacts): CaseFacts {
  return facts as unknown as CaseFacts;
}
