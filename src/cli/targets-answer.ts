import type { TargetAnswer, TargetsReport } from "#sources";

import { EXIT, type Answer } from "./command.ts";
import { count, table } from "./table.ts";

export const ERASURE_CASE = {
  help: "The erasure's case: case_…, as sources list shows it",
} as const;

/** How far an erasure has come in the other systems; what is not complete still waits. */
export function targetsAnswer(report: TargetsReport): Answer {
  const { complete, targets } = report;
  return {
    json: report,
    text: [
      ...table(targets.map(rowOf)),
      complete ? "Every system is done." : "Not complete: it goes on by itself.",
    ],
    exit: complete ? EXIT.done : EXIT.waiting,
  };
}

/** The same before anything was done. */
export function plannedAnswer(report: TargetsReport, would: string): Answer {
  return {
    json: { status: "planned", ...report },
    text: [
      ...table(report.targets.map(rowOf)),
      would,
      "Nothing was done. Run again with --execute.",
    ],
  };
}

function rowOf({ target, success, error, recordsDeleted, verified, manual }: TargetAnswer) {
  const how = verified ? "verified" : manual ? "on a person's word" : "";
  return [target, success ? "done" : (error ?? "waiting"), count(recordsDeleted, "record"), how];
}
