import { advance, loadCase } from "#cases";
import {
  isOubliError,
  later,
  OubliError,
  word,
  type Actor,
  type CaseId,
  type EpochMs,
  type SubjectId,
  type Word,
} from "#kernel";
import { lawsOf } from "#law";

import { countAffected } from "./count-affected.ts";
import { dutiesOf, type Duty } from "./duties.ts";
import {
  factsOf,
  INCIDENT_STATES,
  readable,
  type IncidentCase,
  type IncidentFacts,
  type IncidentFile,
  type IncidentState,
} from "./incident.ts";
import { alertOfficer } from "./notices/alert.ts";
import { queuedPeople, releaseLetters } from "./notices/letters.ts";
import { closeTask, reckonTasks, tasksOf } from "./notices/tasks.ts";
import {
  carryOn,
  entryOf,
  findingsOf,
  languageOf,
  TAKEN_UP_MS,
  type Report,
} from "./open-incident.ts";
import { CONSEQUENCES, SEVERITIES, type Severity } from "./severity.ts";
import { registerEnds, type BreachWorld } from "./world.ts";

/** What became known since. Whatever it does not name stays. @source GDPR Art. 33(4) */
export interface Update extends Partial<Omit<Report, "detectedAt" | "description" | "rule">> {
  /** What this phase adds, in words: sealed. */
  readonly phase?: string;
  readonly description?: string;
  /** The incident is over: concluded or mitigated. */
  readonly close?: boolean;
}

export interface Which {
  readonly tenant: Word;
  readonly actor: Actor;
  readonly id: CaseId;
}

/** Another process's step between ours: an alert, a queue of letters. */
const TRIES_MAX = 5;

/** @throws {OubliError} `NOT_FOUND`. */
export function loadIncident(
  world: BreachWorld,
  { tenant, id }: Pick<Which, "tenant" | "id">,
): Promise<IncidentCase> {
  return loadCase<IncidentFile>(world, { tenant, kind: "incident", id });
}

/**
 * Takes in what became known. A graver severity brings what it brings as if it had been reported so;
 * a lesser one takes nothing back: what is not due any more, the officer says of each task.
 *
 * @throws {OubliError} `NOT_FOUND`; `CONFLICT` for a closed incident, or when others kept changing
 *   it; `INPUT_INVALID` for a state that lies behind the present one.
 */
export async function updateIncident(
  world: BreachWorld,
  which: Which,
  update: Update,
): Promise<IncidentCase> {
  const { before, after } = await untilTaken(() => writeUpdate(world, which, update));
  const [was, is] = [factsOf(before), factsOf(after)];
  const graver = rank(is.severity) > rank(was.severity);
  if (graver) await alertOfficer(world, after, "raised");
  await reckonTasks(world, after);
  const done = is.stage === "queueing" ? await carryOn(world, after, { here: true }) : after;
  await releaseLetters(world, done);
  return done;
}

/** What {@link updateIncident} would bring. Nothing is written. */
export async function planUpdate(
  world: BreachWorld,
  which: Which,
  update: Update,
): Promise<{ readonly facts: IncidentFacts; readonly duties: readonly Duty[] }> {
  return reckonUpdate(world, await loadIncident(world, which), update);
}

async function writeUpdate(
  world: BreachWorld,
  which: Which,
  update: Update,
): Promise<{ readonly before: IncidentCase; readonly after: IncidentCase }> {
  const before = await loadIncident(world, which);
  const { state, file, facts } = await reckonUpdate(world, before, update);
  const close = update.close === true;
  const after = await advance(world, before, {
    actor: which.actor,
    state: state as string as Word,
    ...(facts.stage === "queueing" ? { dueAt: later(world.clock.now(), TAKEN_UP_MS) } : {}),
    ...(close ? { close, endsAt: registerEnds(world) } : {}),
    facts: readable(facts),
    file,
    entry: entryOf(close ? "closed" : "updated", state, facts),
  });
  return { before, after };
}

/** As for a report: what no law can be reckoned from is refused before it is written. */
async function reckonUpdate(world: BreachWorld, before: IncidentCase, update: Update) {
  if (before.closedAt !== null || before.file === null) {
    throw new OubliError("CONFLICT", { case: before.id });
  }
  const state = nextState(before.state as string as IncidentState, update);
  if (update.close) await refuseUndone(world, before);
  const file = nextFile(before.file, update, world.clock.now());
  const facts = await nextFacts(world, before, file.people, update);
  const duties = dutiesOf(lawsOf(world.policy), { ...facts, fourFactors: file.fourFactors });
  return { state, file, facts, duties };
}

/** @throws {OubliError} `INPUT_INVALID` with the duties that somebody is still to be told by. */
async function refuseUndone(world: BreachWorld, incident: IncidentCase): Promise<void> {
  const tasks = await tasksOf(world, incident);
  const due = [...tasks].filter(([, { closedAt, state }]) => closedAt === null && isDue(state));
  if (due.length === 0) return;
  const field = word("update.close");
  const accepted = word("once each task is done, or said not to be due");
  throw new OubliError("INPUT_INVALID", { field, accepted, due: due.map(([id]) => id as Word) });
}

function isDue(state: Word): boolean {
  return state === word("due");
}

async function untilTaken<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      const again = isOubliError(error, "CONFLICT") && Object.hasOwn(error.details, "case");
      if (!again || tries === TRIES_MAX) throw error;
    }
  }
}

const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** Suspected, ongoing, halted, concluded, mitigated: never back. */
function nextState(from: IncidentState, { state = from, close }: Update): IncidentState {
  const [was, is] = [INCIDENT_STATES.indexOf(from), INCIDENT_STATES.indexOf(state)];
  if (is < was) throw unacceptable(INCIDENT_STATES.slice(was));
  const over = state === "concluded" || state === "mitigated";
  if (close && !over) throw unacceptable(["concluded", "mitigated"]);
  return state;
}

function unacceptable(states: readonly IncidentState[]): OubliError {
  const accepted = states as readonly string[] as readonly Word[];
  return new OubliError("INPUT_INVALID", { field: word("update.state"), accepted });
}

function nextFile(file: IncidentFile, update: Update, at: EpochMs): IncidentFile {
  const { phase, description, containmentActions = [], affectedUsers = [], fourFactors } = update;
  return {
    ...file,
    ...findingsOf(update),
    ...(description === undefined ? {} : { description }),
    containmentActions: [...file.containmentActions, ...containmentActions],
    phases: phase === undefined ? file.phases : [...file.phases, { at, text: phase }],
    people: [...new Set([...file.people, ...affectedUsers])],
    fourFactors: fourFactors ?? file.fourFactors,
  };
}

async function nextFacts(
  world: BreachWorld,
  incident: IncidentCase,
  people: readonly SubjectId[],
  update: Update,
): Promise<IncidentFacts> {
  const was = factsOf(incident);
  const scope = update.scope ?? was.scope;
  const more = update.affectedUsers !== undefined || update.scope !== undefined;
  const counted =
    more || update.affectedCount !== undefined
      ? await countAffected(world, {
          tenant: incident.tenant,
          // Who has a letter was reached under an earlier scope.
          named: [...people, ...(await queuedPeople(world, incident))],
          scope,
          known: update.scope === undefined,
        })
      : null;
  const severity = update.severity ?? was.severity;
  const categories = [
    ...was.categories,
    ...(update.dataCategories ?? []),
    ...(counted?.categories ?? []),
  ];
  const letters = CONSEQUENCES[severity].people;
  const queue = letters && (more || !CONSEQUENCES[was.severity].people);
  const { missing, language, ...told } = was;
  const left = stillMissing(missing, update);
  return {
    ...told,
    ...(left.length === 0 ? {} : { missing: left }),
    ...languageOf({ language: update.language ?? language ?? word("en") }),
    severity,
    scope,
    kinds: update.kinds ?? was.kinds,
    risk: update.risk ?? riskAfter(was, severity),
    awareAt: update.awareAt ?? was.awareAt,
    discoveredAt: update.discoveredAt ?? was.discoveredAt,
    began: update.began ?? was.began ?? scope?.from ?? null,
    ended: update.ended ?? was.ended ?? scope?.until ?? null,
    affected: Math.max(update.affectedCount ?? was.affected, counted?.people ?? 0),
    items: (update.scope === undefined ? null : counted?.items) ?? was.items,
    residents: update.residents ?? was.residents,
    categories: [...new Set(categories)].sort(),
    encrypted: update.encrypted === undefined ? was.encrypted : update.encrypted,
    delay: update.delay ?? was.delay,
    stage: queue ? "queueing" : was.stage,
  };
}

/** A report that is told again says what was added to it as well. */
function stillMissing(missing: readonly Word[] = [], { description, phase }: Update) {
  if (description !== undefined) return [];
  return phase === undefined ? missing : missing.filter((name) => name !== word("updates"));
}

/** A risk that nobody named goes with the severity, and never falls by itself. */
function riskAfter(was: IncidentFacts, severity: Severity): IncidentFacts["risk"] {
  const risks = ["none", "some", "high"] as const;
  const now = CONSEQUENCES[severity].risk;
  return risks.indexOf(now) > risks.indexOf(was.risk) ? now : was.risk;
}

/**
 * Says that somebody was told, or that a task is not due.
 *
 * @throws {OubliError} `NOT_FOUND` for a duty that this incident does not have.
 */
export async function completeTask(
  world: BreachWorld,
  which: Which,
  { duty, doneAt, notDue }: { duty: string; doneAt: EpochMs; notDue: boolean },
): Promise<void> {
  const incident = await loadIncident(world, which);
  const tasks = await tasksOf(world, incident);
  const task = tasks.get(duty);
  if (task === undefined || task.closedAt !== null) {
    const accepted = [...tasks].flatMap(([name, { closedAt }]) =>
      closedAt === null ? [name] : [],
    );
    throw new OubliError("NOT_FOUND", {
      field: word("duty"),
      accepted: accepted.toSorted() as Word[],
    });
  }
  const state = notDue ? word("not-due") : word("done");
  await closeTask(world, task, { actor: which.actor, state, doneAt });
  if (notDue || !duty.endsWith(".individuals")) return;
  await peopleTold(world, incident, { actor: which.actor, at: doneAt });
}

/** Clocks that wait for the letters start: the Attorney General's. */
export async function peopleTold(
  world: BreachWorld,
  incident: Pick<IncidentCase, "id" | "tenant">,
  { actor, at }: { readonly actor: Actor; readonly at: EpochMs },
): Promise<void> {
  const after = await untilTaken(async () => {
    const before = await loadIncident(world, incident);
    const facts = factsOf(before);
    if (facts.individualsToldAt !== null || before.closedAt !== null) return before;
    const next = { ...facts, individualsToldAt: at };
    const entry = entryOf("told", before.state, next);
    return advance(world, before, { actor, facts: readable(next), entry });
  });
  if (after.closedAt === null) await reckonTasks(world, after);
}
