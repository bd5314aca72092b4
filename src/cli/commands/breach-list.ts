import { minute, people } from "../breach-answer.ts";
import { command } from "../command.ts";
import { CLI_AUDITOR } from "../open.ts";
import { sayAgain } from "../request-answer.ts";
import { table } from "../table.ts";

export const breachList = command({
  name: "breach list",
  summary: "List the register of incidents, newest first.",
  flags: {
    open: { type: "boolean", help: "Only those that are not over" },
    limit: { type: "number", help: "So many at most (default: 100)" },
  },

  async run(cli, { open, limit }) {
    await using opened = await cli.open();
    const page = await opened
      .only()
      .as(CLI_AUDITOR)
      .breach.list({ ...(open ? { open } : {}), ...(limit === undefined ? {} : { limit }) });
    const rows = page.incidents.map(
      ({ id, severity, state, detectedAt, affected, rule, missing }) => [
        id,
        severity,
        state,
        minute(detectedAt),
        people(affected),
        [rule ?? "", sayAgain(missing ?? [])].filter(Boolean).join("; "),
      ],
    );
    return { json: page, text: rows.length > 0 ? table(rows) : ["No incident."] };
  },
});
