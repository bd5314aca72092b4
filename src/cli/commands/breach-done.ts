import { OubliError, word, type Word } from "#kernel";

import { incidentAnswer } from "../breach-answer.ts";
import { command } from "../command.ts";
import { timeOf } from "../time.ts";
import { INCIDENT } from "./breach-update.ts";

export const breachDone = command({
  name: "breach done",
  summary: "Say that somebody was told of an incident. Writes nothing unless --execute is given.",
  args: { incident: INCIDENT, duty: { help: "Its task: gdpr.authority" } },
  flags: {
    at: { type: "string", value: "time", help: "When they were told (default: now)" },
    notDue: { type: "boolean", help: "It is not due after all" },
    execute: { type: "boolean", help: "Write it down" },
  },

  async run(cli, { incident, duty, at, notDue, execute }) {
    const told = at === undefined ? {} : { at: timeOf(at, "--at") };
    await using opened = await cli.open();
    const { breach } = opened.only();
    if (execute) return incidentAnswer(await breach.done(incident, duty, { ...told, notDue }));
    const shown = await breach.show(incident);
    const open = shown.tasks.filter(({ state }) => isOpen(state));
    if (!open.some((task) => task.duty === duty)) {
      const accepted = open.map((task) => task.duty as Word).toSorted();
      throw new OubliError("NOT_FOUND", { field: word("duty"), accepted });
    }
    const { json, text } = incidentAnswer(shown);
    const note = "Nothing was written. Run again with --execute.";
    return { json: { status: "planned", incident: json }, text: [...text, note] };
  },
});

/** Neither done, nor found not to be due, nor replaced by another. */
function isOpen(state: string): boolean {
  return state === "due" || state === "exempt";
}
