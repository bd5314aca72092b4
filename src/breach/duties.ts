import {
  breachDuties,
  type BreachClock,
  type BreachDuty,
  type BreachFacts,
  type LawProfile,
} from "#law";
import { DAY_MS, later, type EpochMs } from "#kernel";

import type { FourFactors, IncidentFacts } from "./incident.ts";
import { authorityDue, CONSEQUENCES } from "./severity.ts";

export type Recipient = BreachClock["to"];

/** Somebody who is to be told, and until when. */
export interface Duty {
  /** `hipaa.individuals`; the product's own are `oubli.authority` and `oubli.individuals`. */
  readonly id: string;
  readonly law: string;
  readonly to: Recipient;
  /** `null`: without undue delay. */
  readonly dueAt: EpochMs | null;
  readonly article: string;
  /** Why it does not hold, with the article; `null`: it holds. */
  readonly exempt: { readonly reason: string; readonly article: string } | null;
}

/** What duties are reckoned from. */
export type DutyFacts = Omit<IncidentFacts, "scope" | "rule" | "stage" | "categories" | "kinds"> & {
  readonly fourFactors: FourFactors | null;
};

/**
 * Everybody who is to be told of an incident: what its severity brings under every law, then what
 * the laws in force add. A law takes nothing away from the first; what exempts, exempts from what
 * its own law asks.
 */
export function dutiesOf(laws: readonly LawProfile[], facts: DutyFacts): readonly Duty[] {
  const own = ownDuties(facts);
  const told: BreachFacts = { ...facts };
  const added = laws
    .filter(({ name }) => name !== OWN)
    .flatMap((law) => breachDuties([law], told).map((duty) => dutyOf(law, duty, facts)))
    // A processor tells its controller, whose register this is.
    .filter(({ to }) => to !== "controller")
    // The one authority of the GDPR is told once: the earlier of the two dates stands.
    .filter((duty) => !own.some((other) => isSame(other, duty)));
  return [...own, ...added];
}

const OWN = "oubli";

function ownDuties({ severity, detectedAt }: DutyFacts): readonly Duty[] {
  const { authority, people } = CONSEQUENCES[severity];
  const common = { law: OWN, exempt: null };
  const duties: Duty[] = [];
  if (authority) {
    const dueAt = authorityDue(detectedAt);
    const article = "GDPR Art. 33(1), under every law";
    duties.push({ ...common, id: "oubli.authority", to: "authority", dueAt, article });
  }
  if (people) {
    const article = "choice: whoever is affected by a critical incident is told";
    duties.push({ ...common, id: "oubli.individuals", to: "individuals", dueAt: null, article });
  }
  return duties;
}

function isSame(own: Duty, { law, to, dueAt }: Duty): boolean {
  const sooner = dueAt !== null && (own.dueAt === null || dueAt < own.dueAt);
  return law === "gdpr" && own.to === to && !sooner;
}

function dutyOf(law: LawProfile, { clock, dueAt }: BreachDuty, facts: DutyFacts): Duty {
  const { id, to, article } = clock;
  return {
    id: `${law.name}.${id}`,
    law: law.name,
    to,
    dueAt: delayed(law, dueAt, facts),
    article,
    exempt: exemption(law.name, to, facts),
  };
}

/** Who need not be told where the data say nothing to whoever has them. */
const UNREADABLE: Readonly<
  Record<string, { readonly to: readonly Recipient[] | "all"; readonly article: string }>
> = {
  gdpr: { to: ["individuals"], article: "GDPR Art. 34(3)(a)" },
  hipaa: { to: "all", article: "45 CFR 164.402: only unsecured information" },
  sb446: { to: "all", article: "Cal. Civ. Code 1798.82(a): only unencrypted data" },
};

function exemption(law: string, to: Recipient, facts: DutyFacts): Duty["exempt"] {
  const { encrypted, fourFactors } = facts;
  const unreadable = UNREADABLE[law];
  const covers = unreadable && (unreadable.to === "all" || unreadable.to.includes(to));
  if (encrypted !== null && covers) return { reason: encrypted, article: unreadable.article };
  if (law === "hipaa" && isUnlikely(fourFactors)) {
    return { reason: "low-probability", article: "45 CFR 164.402(2)" };
  }
  return null;
}

/** A breach is presumed: each of the four has to speak against it. @source 45 CFR 164.402(2) */
function isUnlikely(factors: FourFactors | null): boolean {
  if (factors === null) return false;
  const { nature, recipient, acquired, mitigation } = factors;
  return [nature, recipient, acquired, mitigation].every((factor) => factor === "low");
}

/** The laws that let the police have a notice wait. @source 45 CFR 164.412 · Civ. Code 1798.82(c) */
const WAITS: ReadonlySet<string> = new Set(["hipaa", "sb446"]);

/** Without a letter, thirty days at most. @source 45 CFR 164.412(b) */
const ORAL_DAYS = 30;

function delayed(
  { name, figures }: LawProfile,
  dueAt: EpochMs | null,
  { delay }: DutyFacts,
): EpochMs | null {
  if (dueAt === null || delay === null || !WAITS.has(name)) return dueAt;
  const days = figures["oralDelay"]?.value ?? ORAL_DAYS;
  const until = delay.asked === "in-writing" ? delay.until : later(delay.at, days * DAY_MS);
  return until > dueAt ? until : dueAt;
}
