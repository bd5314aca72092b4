import { later, HOUR_MS, type EpochMs } from "#kernel";

/** How grave an incident is, least first. */
export const SEVERITIES = ["low", "medium", "high", "critical"] as const;

export type Severity = (typeof SEVERITIES)[number];

/** What a severity brings, whatever the law: a law adds duties and takes none away. */
export interface Consequences {
  /** How likely the people are to be harmed, where nobody said otherwise. */
  readonly risk: "none" | "some" | "high";
  /** A task to tell the authority, due {@link AUTHORITY_MS} after the detection. */
  readonly authority: boolean;
  /** A notice to each affected person is queued. */
  readonly people: boolean;
}

/** Whatever the severity: first an immutable entry, then the DPO is alerted at once. */
export const CONSEQUENCES: Readonly<Record<Severity, Consequences>> = {
  /** No personal data likely accessed. */
  low: { risk: "none", authority: false, people: false },
  /** Limited data. */
  medium: { risk: "some", authority: false, people: false },
  /** Sensitive or large-scale. */
  high: { risk: "high", authority: true, people: false },
  /** Financial, health or identity data. */
  critical: { risk: "high", authority: true, people: true },
};

const AUTHORITY_MS = 72 * HOUR_MS;

/** Weekends and holidays count. @source GDPR Art. 33(1) */
export function authorityDue(detectedAt: EpochMs): EpochMs {
  return later(detectedAt, AUTHORITY_MS);
}
