import { minute } from "../breach-answer.ts";
import { command } from "../command.ts";
import { inEachRegion } from "../each-region.ts";
import { entries, table } from "../table.ts";

export const breachDetect = command({
  name: "breach detect",
  summary: "Look for what is not usual in the last weeks' log. Only --execute opens incidents.",
  flags: {
    execute: { type: "boolean", help: "Open a suspected incident for each, and alert the officer" },
  },

  run: (cli, { execute }) =>
    inEachRegion(cli, async ({ oubli }) => {
      if (!execute) {
        const found = await oubli.breach.suspicions();
        const rows = found.map(({ rule, actor, from, count, usual }) => [
          rule,
          actor ?? "new ones, together",
          minute(from),
          `${count}, where ${usual} would be usual`,
        ]);
        const text = rows.length === 0 ? ["Nothing that is not usual."] : table(rows);
        return { json: { status: "planned", found }, text };
      }
      const { entries: read, incidents } = await oubli.breach.detect();
      const text = [`Read ${entries(read)}.`, ...incidents.map((id) => `Suspected: ${id}`)];
      return { json: { entries: read, incidents }, text };
    }),
});
