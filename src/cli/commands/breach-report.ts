import type { IncidentReport } from "#engine";

import { people, tasksTable } from "../breach-answer.ts";
import { incidentFile, SCOPE_FLAGS, scopeFrom } from "../breach-input.ts";
import { sendDue } from "../breach-send.ts";
import { command } from "../command.ts";
import { timeOf } from "../time.ts";

export const breachReport = command({
  name: "breach report",
  summary: "Report an incident. Shows what it would bring unless --execute is given.",
  flags: {
    severity: { type: "string", value: "code", help: "low, medium, high or critical" },
    detected: { type: "string", value: "time", help: "When it was detected: 2026-05-01T09:30" },
    description: { type: "string", value: "text", help: "What happened: sealed" },
    affected: { type: "list", value: "person", help: "Somebody affected" },
    category: { type: "list", value: "code", help: "A kind of data that is affected" },
    containment: { type: "list", value: "text", help: "What was done against it: sealed" },
    state: { type: "string", value: "code", help: "suspected, ongoing (default), halted, …" },
    ...SCOPE_FLAGS,
    file: { type: "string", value: "file", help: "All of this, and more, as JSON" },
    execute: { type: "boolean", help: "Take it into the register, and do what it brings" },
  },
  details: [
    "Further fields of a file: kinds, risk, awareAt, discoveredAt, began, ended, affectedCount,",
    "residents, encrypted, fourFactors, delay, consequences, measures, advice, whatHappened.",
  ],

  async run(cli, { execute, ...given }) {
    await using opened = await cli.open();
    const { breach, regions } = opened.only();
    const scope = scopeFrom(given, regions[0]!);
    const { severity, detected, description, affected, category, containment, state } = given;
    const report = {
      ...(await incidentFile(cli.folder, given.file)),
      ...(severity === undefined ? {} : { severity }),
      ...(detected === undefined ? {} : { detectedAt: timeOf(detected, "--detected") }),
      ...(description === undefined ? {} : { description }),
      ...(affected.length === 0 ? {} : { affectedUsers: [...affected] }),
      ...(category.length === 0 ? {} : { dataCategories: [...category] }),
      ...(containment.length === 0 ? {} : { containmentActions: [...containment] }),
      ...(state === undefined ? {} : { state }),
      ...(scope === null ? {} : { scope }),
    } as unknown as IncidentReport;
    if (execute) return await sendDue(cli, breach, await breach.open(report));
    const { facts, duties, letters } = await breach.plan(report);
    const tasks = duties.map(({ id, dueAt, exempt }) => ({
      duty: id,
      state: exempt === null ? "would be due" : "exempt",
      deadline: dueAt,
      exempt: exempt?.reason ?? null,
    }));
    return {
      json: { status: "planned", facts, duties, letters },
      text: [
        `Would report a ${facts.severity} incident with ${people(facts.affected)}, alert the officer,`,
        `and queue letters to ${people(letters)}.`,
        ...tasksTable(tasks),
        "Nothing was written. Run again with --execute.",
      ],
    };
  },
});
