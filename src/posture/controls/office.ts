import { DAY_MS } from "#kernel";
import type { OpenCase } from "#store";

import { found, notChecked, type Control } from "../control.ts";
import type { RowId } from "../requirements.ts";

/** Whoever tends the cases comes by more often than once a day. */
const UNATTENDED_MS = DAY_MS;

/** The office's cases: none is past its time, and none lies unattended. */
export const OFFICE_CONTROLS: readonly Control[] = [
  cases("request", ["A6", "A15", "B3"], "No request is past its term, and none lies unattended"),
  cases("targets", ["B4", "B5", "B6"], "No erasure in another system lies unattended"),
  cases("incident", ["B8"], "No incident lies unattended"),
  cases("notice", ["B8"], "Nobody waits for a notice past the term of a law"),
  cases("retention", ["B7"], "No retention run lies unattended"),
];

function cases(kind: string, rows: readonly RowId[], title: string): Control {
  return {
    control: `${kind}-cases-in-time`,
    rows,
    title,
    async probe({ inspection, world }) {
      const { openCases } = await inspection();
      const open = openCases.filter((one) => one.kind === kind);
      if (open.length === 0) return notChecked("No such case is open.", { open: 0 });
      const now = world.clock.now();
      const late = open.filter((one) => deadlinesOf(one).some((deadline) => deadline < now));
      const unattended = open.filter(({ dueAt }) => dueAt !== null && dueAt < now - UNATTENDED_MS);
      const holds = late.length + unattended.length === 0;
      return found(holds, "Every open case was read.", {
        open: open.length,
        late: late.length,
        unattended: unattended.length,
      });
    },
  };
}

/** Dates that a law set, and that are not met yet: to acknowledge, to answer, to tell somebody. */
function deadlinesOf({ facts }: OpenCase): readonly number[] {
  const { answerBy, answeredAt, acknowledgeBy, acknowledgedAt, deadline, doneAt } = facts;
  const dates = [
    typeof answeredAt === "number" ? null : answerBy,
    acknowledgedAt === null ? acknowledgeBy : null,
    doneAt === null ? deadline : null,
  ];
  return dates.filter((date) => typeof date === "number");
}
