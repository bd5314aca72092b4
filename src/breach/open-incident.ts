import { advance, loadCase, openCase, type CaseEntry } from "#cases";
import {
  isOubliError,
  later,
  MINUTE_MS,
  SYSTEM_ACTOR,
  type Acting,
  type EpochMs,
  type SubjectId,
  type Word,
  word,
} from "#kernel";
import { lawsOf } from "#law";

import { countAffected } from "./count-affected.ts";
import { dutiesOf, type Duty } from "./duties.ts";
import {
  factsOf,
  readable,
  type EncryptionReason,
  type Findings,
  type FourFactors,
  type IncidentCase,
  type IncidentFacts,
  type IncidentFile,
  type IncidentKind,
  type IncidentState,
  type PoliceDelay,
  type ScopeFacts,
} from "./incident.ts";
import { alertOfficer } from "./notices/alert.ts";
import { noticesOf } from "./notices/children.ts";
import { queueLetters } from "./notices/letters.ts";
import { isAlert, noticeFacts } from "./notices/notice.ts";
import { reckonTasks } from "./notices/tasks.ts";
import { CONSEQUENCES, type Severity } from "./severity.ts";
import type { BreachWorld } from "./world.ts";

/** What is reported of an incident; whatever is missing may become known later. */
export interface Report extends Findings {
  readonly detectedAt: EpochMs;
  readonly description: string;
  readonly severity: Severity;
  readonly affectedUsers: readonly SubjectId[];
  readonly dataCategories: readonly Word[];
  readonly containmentActions: readonly string[];
  readonly state: IncidentState;
  readonly kinds: readonly IncidentKind[];
  readonly risk?: IncidentFacts["risk"];
  readonly awareAt?: EpochMs;
  readonly discoveredAt?: EpochMs;
  readonly began?: EpochMs;
  readonly ended?: EpochMs;
  /** Where more are affected than are known here. */
  readonly affectedCount?: number;
  readonly residents?: Readonly<Record<string, number>>;
  readonly encrypted?: EncryptionReason | null;
  readonly fourFactors?: FourFactors;
  readonly delay?: PoliceDelay;
  readonly scope?: ScopeFacts;
  readonly rule?: Word;
  /** Of the letters to the people: what they are filled with is in it, too. Default: English. */
  readonly language?: Word;
}

/** How long a process has for what follows a report before another one takes it up. */
export const TAKEN_UP_MS = MINUTE_MS;

/** More letters than this are queued behind the call. */
const QUEUED_AT_ONCE_MAX = 500;

/**
 * Takes a report into the register. First an entry that nobody can change, then the officer is
 * alerted at once, then whatever the severity and the laws ask for.
 *
 * Why it is safe: the incident's row says how far this came, and wants attention again in a minute.
 * So where the process dies, or a notifier fails, another one goes on from there.
 *
 * @source GDPR Art. 33, 34 · 45 CFR 164.404–164.412 · Cal. Civ. Code 1798.82 · LGPD Art. 48
 */
export async function openIncident(
  world: BreachWorld,
  { tenant, actor }: Acting,
  report: Report,
): Promise<IncidentCase> {
  const { facts } = await factsFrom(world, tenant, report);
  // What no law can be reckoned from is refused before it stands in the register for good.
  dutiesOf(lawsOf(world.policy), { ...facts, fourFactors: report.fourFactors ?? null });
  const incident: IncidentCase = await openCase<IncidentFile>(world, {
    kind: "incident",
    tenant,
    actor,
    subject: null,
    state: report.state as string as Word,
    dueAt: later(world.clock.now(), TAKEN_UP_MS),
    facts: readable(facts),
    file: fileFrom(report),
    entry: entryOf("opened", report.state, facts),
  });
  try {
    return await carryOn(world, incident, { here: true });
  } catch (error) {
    // It stands in the register, and somebody else is at it already.
    if (!isOubliError(error, "CONFLICT")) throw error;
    return loadCase<IncidentFile>(world, { tenant, kind: "incident", id: incident.id });
  }
}

/** What a report would bring. Nothing is written. */
export interface IncidentPlan {
  readonly facts: IncidentFacts;
  readonly duties: readonly Duty[];
  /** Letters that would be queued. */
  readonly letters: number;
}

export async function planIncident(
  world: BreachWorld,
  tenant: Word,
  report: Report,
): Promise<IncidentPlan> {
  const { facts, people } = await factsFrom(world, tenant, report);
  const { fourFactors = null } = report;
  const letters = CONSEQUENCES[facts.severity].people ? people : 0;
  return { facts, duties: dutiesOf(lawsOf(world.policy), { ...facts, fourFactors }), letters };
}

/**
 * Does what is still to be done for an incident: alert, tasks, letters.
 *
 * @param here Whether a caller waits: then many letters are left to whoever claims the case next.
 */
export async function carryOn(
  world: BreachWorld,
  from: IncidentCase,
  { here }: { readonly here: boolean },
): Promise<IncidentCase> {
  let incident = from;
  const step = async (stage: IncidentFacts["stage"], dueAt: EpochMs | null): Promise<void> => {
    const facts = { ...factsOf(incident), stage };
    incident = await advance(world, incident, {
      actor: SYSTEM_ACTOR,
      dueAt,
      facts: readable(facts),
      entry: entryOf(stage === "settled" ? "queued" : "alerted", incident.state, facts),
    });
  };
  if (factsOf(incident).stage === "opened") {
    if (!(await isAlerted(world, incident))) await alertOfficer(world, incident, "opened");
    await reckonTasks(world, incident);
    const letters = CONSEQUENCES[factsOf(incident).severity].people;
    const many = factsOf(incident).affected > QUEUED_AT_ONCE_MAX;
    const wait = here && many ? 0 : TAKEN_UP_MS;
    await step(letters ? "queueing" : "settled", letters ? later(world.clock.now(), wait) : null);
    if (letters && here && many) return incident;
  }
  if (factsOf(incident).stage === "queueing") {
    await queueLetters(world, incident);
    await step("settled", null);
  }
  return incident;
}

async function isAlerted(world: BreachWorld, incident: IncidentCase): Promise<boolean> {
  for await (const row of noticesOf(world, incident)) {
    const facts = noticeFacts(row);
    if (isAlert(facts) && facts.about === "opened") return true;
  }
  return false;
}

type IncidentPhase = "opened" | "updated" | "alerted" | "queued" | "told" | "closed";

/** Codes, dates and counts alone: what was reported is in the sealed file. */
export function entryOf(phase: IncidentPhase, state: string, facts: IncidentFacts): CaseEntry {
  return {
    t: "incident",
    facts: { phase: phase as string as Word, state: state as Word, facts: readable(facts) },
  };
}

/** @returns with how many people are known, and can be written to. */
async function factsFrom(
  world: BreachWorld,
  tenant: Word,
  report: Report,
): Promise<{ readonly facts: IncidentFacts; readonly people: number }> {
  const { detectedAt, severity, scope = null, affectedUsers, affectedCount = 0 } = report;
  const { people, items, categories } = await countAffected(world, {
    tenant,
    named: affectedUsers,
    scope,
    // A rule has seen the actor, be it in the ledger alone.
    known: report.rule !== undefined,
  });
  const facts: IncidentFacts = {
    severity,
    kinds: report.kinds,
    risk: report.risk ?? CONSEQUENCES[severity].risk,
    detectedAt,
    awareAt: report.awareAt ?? detectedAt,
    discoveredAt: report.discoveredAt ?? detectedAt,
    began: report.began ?? scope?.from ?? null,
    ended: report.ended ?? scope?.until ?? null,
    affected: Math.max(affectedCount, people),
    items,
    residents: report.residents ?? {},
    categories: [...new Set([...report.dataCategories, ...categories])].sort(),
    encrypted: report.encrypted ?? null,
    scope,
    delay: report.delay ?? null,
    individualsToldAt: null,
    ...languageOf(report),
    rule: report.rule ?? null,
    stage: "opened",
  };
  return { facts, people };
}

/** English is what there is where nothing is said. */
export function languageOf({
  language,
}: Pick<Report, "language">): Pick<IncidentFacts, "language"> {
  return language === undefined || language === word("en") ? {} : { language };
}

function fileFrom(report: Report): IncidentFile {
  const { description, containmentActions, affectedUsers: people, fourFactors = null } = report;
  return {
    description,
    containmentActions,
    phases: [],
    fourFactors,
    people,
    ...findingsOf(report),
  };
}

const FINDINGS = [
  "consequences",
  "measures",
  "advice",
  "whatHappened",
  "lateBecause",
  "records",
] as const satisfies readonly (keyof Findings)[];

/** What of a report is for letters and notices. */
export function findingsOf(report: Findings): Findings {
  const said = FINDINGS.filter((name) => report[name] !== undefined);
  return Object.fromEntries(said.map((name) => [name, report[name]]));
}
