import type { IncidentDetails, ScopeTotals } from "#breach";

import type { Answer } from "./command.ts";
import { sayAgain } from "./request-answer.ts";
import { count, oneLine, table } from "./table.ts";

/** An incident as a person reads it. */
export function incidentAnswer(incident: IncidentDetails): Answer {
  const { id, severity, state, detectedAt, affected, categories, tasks, letters, alerts, report } =
    incident;
  const { missing = [] } = incident;
  return {
    json: incident,
    text: [
      `${id}: ${severity}, ${state}`,
      `Detected ${minute(detectedAt)}; ${people(affected)}; ${categories.join(", ") || "no category"}.`,
      ...(missing.length === 0 ? [] : [`A restore lost some of it; ${sayAgain(missing)}.`]),
      ...(report === null ? [] : [oneLine(report.description)]),
      ...tasksTable(tasks),
      ...alerts.map(alertLine),
      ...lettersLines(letters),
    ],
  };
}

interface Due {
  readonly duty: string;
  readonly state: string;
  readonly deadline: number | null;
  readonly exempt: string | null;
  readonly doneAt?: number | null;
}

export function tasksTable(tasks: readonly Due[]): string[] {
  return table(
    tasks.map(({ duty, state, deadline, exempt, doneAt = null }) => {
      const due = deadline === null ? "without delay" : minute(deadline);
      return [duty, state, exempt ?? (doneAt === null ? due : `${minute(doneAt)}; due: ${due}`)];
    }),
  );
}

/** Who sends what this process could not. */
const SENDERS = "the application or oubli work, where they have notifiers";

function alertLine({ about, duty, state, attempts, sentBy }: IncidentDetails["alerts"][number]) {
  const what = duty === null ? about : `${about}: ${duty}`;
  if ((state as string) !== "queued")
    return `The officer was told (${what}) by ${sentBy.join(", ")}.`;
  const why = attempts === 0 ? "no notifier tried" : `${count(attempts, "attempt")} failed`;
  return `The officer is not told yet (${what}): ${why}. It is sent by ${SENDERS}.`;
}

function lettersLines({ queued, sent, unreached, lacks, substitute }: IncidentDetails["letters"]) {
  if (queued + sent + unreached === 0) return [];
  return [
    `Letters: ${queued} queued, ${sent} sent, ${unreached} reached nobody.`,
    ...(lacks.length > 0 ? [`They wait for: ${lacks.join(", ")}.`] : []),
    ...(lacks.length === 0 && queued > 0 ? [`They are sent by ${SENDERS}.`] : []),
    ...(substitute === null ? [] : [`A substitute notice is due: ${substitute.article}.`]),
  ];
}

export function scopeLines(totals: ScopeTotals): string[] {
  const { categories, items, questions, pruned, unlisted, complete } = totals;
  return [
    `${people(totals.people)}, ${count(items, "item")}, ${count(questions, "question")}.`,
    ...table(categories.map((one) => [one.category, people(one.people), count(one.items, "item")])),
    ...(complete
      ? []
      : [
          `Not all: ${count(pruned, "entry", "entries")} ended, ${count(unlisted, "item")} unlisted.`,
        ]),
  ];
}

export function people(number: number): string {
  return count(number, "person", "people");
}

/** To the minute: 72 hours are not three days. */
export function minute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
