import type { IncidentUpdate } from "#engine";

import { incidentAnswer } from "../breach-answer.ts";
import { incidentFile, SCOPE_FLAGS, scopeFrom } from "../breach-input.ts";
import { sendDue } from "../breach-send.ts";
import { CliError } from "../cli-error.ts";
import { command } from "../command.ts";

export const INCIDENT = { help: "The incident's id: case_…" } as const;

export const breachUpdate = command({
  name: "breach update",
  summary: "Add what became known of an incident. Changes nothing unless --execute is given.",
  args: { incident: INCIDENT },
  flags: {
    phase: { type: "string", value: "text", help: "What this phase adds, in words: sealed" },
    severity: { type: "string", value: "code", help: "low, medium, high or critical" },
    state: { type: "string", value: "code", help: "ongoing, halted, concluded, mitigated" },
    affected: { type: "list", value: "person", help: "Somebody more who is affected" },
    containment: { type: "list", value: "text", help: "What was done against it: sealed" },
    ...SCOPE_FLAGS,
    file: { type: "string", value: "file", help: "All of this, and more, as JSON" },
    close: { type: "boolean", help: "It is over: concluded or mitigated" },
    execute: { type: "boolean", help: "Write it down, and do what it brings" },
  },

  async run(cli, { incident, execute, close, phase, severity, state, ...given }) {
    await using opened = await cli.open();
    const { breach, regions } = opened.only();
    const scope = scopeFrom(given, regions[0]!);
    const { affected, containment } = given;
    const change = {
      ...(await incidentFile(cli.folder, given.file)),
      ...(phase === undefined ? {} : { phase }),
      ...(severity === undefined ? {} : { severity }),
      ...(state === undefined ? {} : { state }),
      ...(affected.length === 0 ? {} : { affectedUsers: [...affected] }),
      ...(containment.length === 0 ? {} : { containmentActions: [...containment] }),
      ...(scope === null ? {} : { scope }),
      ...(close ? { close } : {}),
    } as unknown as IncidentUpdate;
    const fields = Object.keys(change);
    if (fields.length === 0) throw new CliError("USAGE", "nothing was said that would change");
    if (execute) return await sendDue(cli, breach, await breach.update(incident, change));
    const { facts } = await breach.planUpdate(incident, change);
    const before = incidentAnswer(await breach.show(incident));
    return {
      json: { status: "planned", fields, facts, incident: before.json },
      text: [
        ...before.text,
        `Would change: ${fields.length} of its fields.`,
        "Nothing was written. Run again with --execute.",
      ],
    };
  },
});
