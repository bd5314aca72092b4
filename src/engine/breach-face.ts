import {
  completeTask,
  detectIncidents,
  detailsOf,
  draftOfIncident,
  listIncidents,
  loadIncident,
  openIncident,
  planIncident,
  planUpdate,
  suspicions,
  updateIncident,
  workIncidents,
  writableLanguages,
  type Draft,
  type DraftName,
  type Finding,
  type IncidentDetails,
  type IncidentPage,
  type IncidentPlan,
  type Report,
  type ScopeFacts,
  type Update,
} from "#breach";
import type { Acting, CaseId, EpochMs, SubjectId } from "#kernel";
import type { z } from "zod";

import { breachShapes as shapes } from "./input/breach-shapes.ts";
import { check, inputError, wordError } from "./input/index.ts";
import { scopeFace, scopeOf, type ScopeFace } from "./breach-scope.ts";
import { OFFICER, OVERSEERS, refuseUnless } from "./oversight.ts";
import type { EngineWorld } from "./world.ts";

type Given<Name extends keyof typeof shapes> = z.input<(typeof shapes)[Name]>;

/** What is reported of an incident. */
export type IncidentReport = Given<"report">;
export type IncidentUpdate = Given<"update">;

/**
 * The register of incidents. The privacy officer acts; the auditor reads; every refusal is in the
 * log. @source GDPR Art. 33, 34
 */
export interface BreachFace extends ScopeFace {
  /**
   * Takes a report in: an entry that nobody can change, the officer's alert, and what the severity
   * and the laws in force ask for. See docs/how-to/breach.md.
   *
   * @throws {OubliError} `POLICY_REFUSED`, `INPUT_INVALID`, `NOT_FOUND` for a scope that names an
   *   actor, a session or an epoch which the log does not know.
   */
  open(report: IncidentReport): Promise<IncidentDetails>;
  /** What {@link open} would bring. Nothing is written. */
  plan(report: IncidentReport): Promise<IncidentPlan>;
  /** Takes in what became known, as a phase of its own. @throws {OubliError} `NOT_FOUND`, `CONFLICT`. */
  update(incident: string, change: IncidentUpdate): Promise<IncidentDetails>;
  /** What {@link update} would bring; it refuses what that refuses. Nothing is written. */
  planUpdate(incident: string, change: IncidentUpdate): Promise<Omit<IncidentPlan, "letters">>;
  /** Says that a task of an incident is done, or not due: `gdpr.authority`. */
  done(incident: string, duty: string, options?: Given<"done">): Promise<IncidentDetails>;
  show(incident: string): Promise<IncidentDetails>;
  /** Newest first. */
  list(options?: Given<"list">): Promise<IncidentPage>;
  /** @throws {OubliError} `DRAFT_INCOMPLETE` with the fields that nobody has filled yet. */
  draft(incident: string, name: DraftName): Promise<Draft>;
  /**
   * Looks at what is new in the logs, and opens a suspected incident for whatever is not usual. A
   * process that sweeps does it every hour. @returns those of this controller.
   */
  detect(): Promise<{ readonly entries: number; readonly incidents: readonly CaseId[] }>;
  /** What {@link detect} would open suspected incidents for. For overseers; nothing is written. */
  suspicions(): Promise<readonly Finding[]>;
  /** Sends what is queued and tries again what failed, now. It is done every five seconds anyway. */
  work(): Promise<number>;
}

export function breachFace(world: EngineWorld, who: Acting): BreachFace {
  const { tenant, actor } = who;
  const act = (verb: string) => refuseUnless(world, who, verb, OFFICER);
  const which = (incident: string) => ({ tenant, actor, id: idOf(incident) });
  const reported = async (given: IncidentReport): Promise<Report> => {
    const report = check(shapes.report, given, "report");
    await act("breach-open");
    refuseFuture(world, report, "report");
    refuseLanguage(world, report, "report");
    return { ...report, ...(await known(world, who, report, "report")) } as Report;
  };
  const changed = async (given: IncidentUpdate): Promise<Update> => {
    const change = check(shapes.update, given, "update");
    await act("breach-update");
    refuseFuture(world, change, "update");
    refuseLanguage(world, change, "update");
    return { ...change, ...(await known(world, who, change, "update")) } as Update;
  };
  const shown = async (incident: string) =>
    detailsOf(world, await loadIncident(world, which(incident)));

  return {
    ...scopeFace(world, who),
    ...registerFace(world, who),
    async open(given) {
      const report = await reported(given);
      return detailsOf(world, await openIncident(world, who, report));
    },
    async plan(given) {
      return planIncident(world, tenant, await reported(given));
    },
    async update(incident, given) {
      const id = which(incident);
      const change = await changed(given);
      return detailsOf(world, await updateIncident(world, id, change));
    },
    async planUpdate(incident, given) {
      const id = which(incident);
      return planUpdate(world, id, await changed(given));
    },
    async done(incident, duty, options = {}) {
      const { at, notDue } = check(shapes.done, options, "options");
      const name = check(shapes.duty, duty, "duty");
      const id = which(incident);
      await act("breach-done");
      const doneAt = at ?? world.clock.now();
      await completeTask(world, id, { duty: name, doneAt, notDue });
      return shown(incident);
    },
    async draft(incident, name) {
      const draft = check(shapes.draft, name, "draft");
      const id = which(incident);
      await act("breach-draft");
      return draftOfIncident(world, await loadIncident(world, id), draft);
    },
    async detect() {
      await act("breach-detect");
      const { entries, incidents } = await detectIncidents(world, world.logWatch);
      const own = incidents.filter((one) => one.tenant === tenant);
      return { entries, incidents: own.map(({ id }) => id) };
    },
    async work() {
      await act("breach-work");
      return workIncidents(world);
    },
  };
}

/** The register, for those who oversee. */
function registerFace(
  world: EngineWorld,
  who: Acting,
): Pick<BreachFace, "show" | "list" | "suspicions"> {
  const { tenant } = who;
  const read = (verb: string) => refuseUnless(world, who, verb, OVERSEERS);
  return {
    async show(incident) {
      const id = idOf(incident);
      await read("breach-show");
      return detailsOf(world, await loadIncident(world, { tenant, id }));
    },
    async suspicions() {
      await read("breach-suspicions");
      return (await suspicions(world)).filter((one) => one.tenant === tenant);
    },
    async list(options = {}) {
      const { open, limit, after = null } = check(shapes.list, options, "options");
      await read("breach-list");
      return listIncidents(world, {
        tenant,
        limit,
        after,
        ...(open === undefined ? {} : { open }),
      });
    },
  };
}

function idOf(incident: string): CaseId {
  return check(shapes.incident, incident, "incident") as CaseId;
}

type Checked = z.output<typeof shapes.report>;

/** What names people or asks the log, in the room's own terms. */
async function known(
  world: EngineWorld,
  { tenant }: Acting,
  given: { readonly [Name in "affectedUsers" | "scope" | "encrypted"]?: Checked[Name] | undefined },
  field: "report" | "update",
): Promise<{ readonly affectedUsers?: readonly SubjectId[]; readonly scope?: ScopeFacts }> {
  const { affectedUsers, scope, encrypted } = given;
  if (scope?.key !== undefined && encrypted === "keys-not-compromised") {
    throw inputError([field, "encrypted"], encrypted, "nothing, where the scope names a key");
  }
  const people: SubjectId[] = [];
  for (const [at, name] of (affectedUsers ?? []).entries()) {
    const subject = await world.keyring.find(tenant, name);
    if (subject === null) {
      throw inputError([field, "affectedUsers", at], name, "somebody who is known here");
    }
    people.push(subject);
  }
  return {
    ...(affectedUsers === undefined ? {} : { affectedUsers: people }),
    ...(scope === undefined ? {} : { scope: scopeOf(world, scope, [field, "scope"]) }),
  };
}

/** One in which a letter of a law in force is not given would leave people without it. */
function refuseLanguage(
  world: EngineWorld,
  { language }: { readonly language?: string | undefined },
  field: "report" | "update",
): void {
  const accepted = writableLanguages(world);
  if (language === undefined || accepted.includes(language)) return;
  throw wordError([field, "language"], language, accepted.join(" | "));
}

/** A clock may be a little ahead of another's. */
const AHEAD_MS = 60_000;

/** What has happened, or was known, cannot be of tomorrow; a clock would start from it. */
const PAST = ["detectedAt", "awareAt", "discoveredAt", "began", "ended"] as const;

function refuseFuture(
  { clock }: EngineWorld,
  given: { readonly [Name in (typeof PAST)[number]]?: EpochMs | undefined },
  field: "report" | "update",
): void {
  for (const name of PAST) {
    const at = given[name];
    if (at === undefined || at <= clock.now() + AHEAD_MS) continue;
    throw inputError([field, name], at, "no later than now");
  }
}
