import { listCases, type CaseListing, type CaseRow } from "#cases";
import { word, type CaseId, type EpochMs, type Word } from "#kernel";
import { lawsOf } from "#law";

import { lettersLack } from "./draft-facts.ts";
import type { FieldName } from "./drafts/fields.ts";
import { factsOf, type IncidentCase, type IncidentFacts, type IncidentFile } from "./incident.ts";
import { noticesOf } from "./notices/children.ts";
import {
  isAlert,
  isLetters,
  noticeFacts,
  type AlertFacts,
  type LettersFacts,
  type NoticeFacts,
  type TaskFacts,
} from "./notices/notice.ts";
import { substituteNotice, type SubstituteNotice } from "./notices/substitute.ts";
import type { BreachWorld } from "./world.ts";

/** An incident as the register lists it: codes, dates and counts. */
export interface IncidentSummary extends IncidentFacts {
  readonly id: CaseId;
  readonly state: Word;
  readonly openedAt: EpochMs;
  readonly closedAt: EpochMs | null;
}

/** An incident with what was reported, and where each notice of it stands. */
export interface IncidentDetails extends IncidentSummary {
  /** `null` once it was destroyed, at the end of its time in the register. */
  readonly report: IncidentFile | null;
  readonly tasks: readonly (TaskFacts & { readonly state: Word })[];
  readonly alerts: readonly (AlertFacts & { readonly state: Word })[];
  readonly letters: Letters;
}

export interface Letters {
  readonly queued: number;
  readonly sent: number;
  readonly unreached: number;
  /** What the letter still lacks: until then it waits. */
  readonly lacks: readonly FieldName[];
  /** What is due where letters reached nobody; `null` once the people count as told. */
  readonly substitute: SubstituteNotice | null;
}

export interface IncidentPage {
  readonly incidents: readonly IncidentSummary[];
  /** Where the next page starts; `null` at the end. */
  readonly next: CaseListing["after"];
}

/** The register, newest first. @source GDPR Art. 33(5) */
export async function listIncidents(
  world: BreachWorld,
  listing: Pick<CaseListing, "tenant" | "open" | "after" | "limit">,
): Promise<IncidentPage> {
  const rows = await listCases(world, { ...listing, kind: "incident" });
  const last = rows.at(-1);
  const full = rows.length === listing.limit && last !== undefined;
  return {
    incidents: rows.map(summaryOf),
    next: full ? { openedAt: last.openedAt, id: last.id } : null,
  };
}

export function summaryOf(row: CaseRow): IncidentSummary {
  const { id, state, openedAt, closedAt } = row;
  return { id, state, openedAt, closedAt, ...factsOf(row) };
}

export async function detailsOf(
  world: BreachWorld,
  incident: IncidentCase,
): Promise<IncidentDetails> {
  const tasks: (TaskFacts & { state: Word })[] = [];
  const alerts: (AlertFacts & { state: Word })[] = [];
  let letters: Pick<LettersFacts, "people" | "sent" | "unreached"> = NO_LETTERS;
  for await (const row of noticesOf(world, incident)) {
    const facts: NoticeFacts = noticeFacts(row);
    const { state } = row;
    if (isAlert(facts)) alerts.push({ ...facts, state });
    else if (isLetters(facts)) letters = sum(letters, facts);
    else tasks.push({ ...facts, state });
  }
  const { people, sent, unreached } = letters;
  const isDue = tasks.some(({ duty, state }) => duty.endsWith(".individuals") && state === DUE);
  return {
    ...summaryOf(incident),
    report: incident.file,
    tasks: tasks.sort(byDeadline),
    alerts,
    letters: {
      queued: people - sent - unreached,
      sent,
      unreached,
      lacks: people === 0 ? [] : lettersLack(world, incident),
      substitute: isDue ? substituteNotice(lawsOf(world.policy), unreached) : null,
    },
  };
}

const DUE = word("due");

const NO_LETTERS = { people: 0, sent: 0, unreached: 0 };

function sum(left: typeof NO_LETTERS, right: LettersFacts): typeof NO_LETTERS {
  return {
    people: left.people + right.people,
    sent: left.sent + right.sent,
    unreached: left.unreached + right.unreached,
  };
}

/** What has a date first, by date; then what is due without delay. */
function byDeadline(left: TaskFacts, right: TaskFacts): number {
  return (left.deadline ?? Infinity) - (right.deadline ?? Infinity);
}
