import type { PlannedRule, RetentionRun } from "#retention";

import { EXIT, type Answer, type Cli } from "./command.ts";
import { count, day, table } from "./table.ts";

const NUMBERS = new Intl.NumberFormat("en");

/** What a run would find. */
export function plannedRows(planned: readonly PlannedRule[]): string[] {
  return table(
    planned.map(({ rule, before, over, total, stops, waits }) => [
      rule,
      `before ${day(before)}`,
      over === null
        ? "?"
        : NUMBERS.format(over) + (total === null ? "" : ` of ${NUMBERS.format(total)}`),
      stops === null ? "" : stopping(stops, waits),
    ]),
  );
}

/** What a run has come to. */
export function runAnswer({ terminal }: Cli, run: RetentionRun): Answer {
  const { id, state, rules } = run;
  const rows = rules.map(({ rule, counted, removed, state: how, reason }) => [
    rule,
    `${NUMBERS.format(removed)} of ${NUMBERS.format(counted)}`,
    how === "done" ? "" : (reason ?? how),
  ]);
  const unsound = rules.some(({ reason }) => (reason as string) === "declaration-invalid");
  const confirm = `Look at the counts; then: oubli retention run --execute --confirm ${id}`;
  return {
    json: run,
    text: [
      `${terminal.style("bold", id)}: ${state}`,
      ...table(rows),
      ...(state === "stopped" ? [confirm] : []),
      ...(unsound ? ["What is wrong with a declaration: oubli sources check"] : []),
    ],
    exit: unsound ? EXIT.failed : state === "done" ? EXIT.done : EXIT.waiting,
  };
}

export function runRow({ id, state, startedAt, rules }: RetentionRun): string[] {
  const removed = rules.reduce((sum, rule) => sum + rule.removed, 0);
  return [id, new Date(startedAt).toISOString(), state, `${count(removed, "row")} removed`];
}

function stopping(code: string, waits: boolean): string {
  if (code === "share" || code === "growth") return `would stop: ${code}`;
  if (code === "held") return "waits: somebody is on hold";
  return `${waits ? "waits" : "cannot"}: ${code}`;
}
