import { command } from "../command.ts";
import { inEachRegion } from "../each-region.ts";
import { runRow } from "../retention-answer.ts";
import { table } from "../table.ts";

export const retentionRuns = command({
  name: "retention runs",
  summary: "List retention runs, newest first.",
  flags: { limit: { type: "number", help: "How many at most (default: 20)" } },

  run: (cli, { limit }) =>
    inEachRegion(cli, async ({ oubli }) => {
      const runs = await oubli.retention.runs(limit === undefined ? {} : { limit });
      const text = runs.length === 0 ? ["There was no run yet."] : table(runs.map(runRow));
      return { json: { runs }, text };
    }),
});
