import { command } from "../command.ts";
import { inEachRegion } from "../each-region.ts";
import { plannedRows } from "../retention-answer.ts";

export const retentionPlan = command({
  name: "retention plan",
  summary: "Count what is older than its rule allows, here and in other systems; writes nothing.",
  flags: { rule: { type: "list", value: "name", help: "Only this rule: memories, or crm.visits" } },
  details: ["The configuration file exports other systems as `sources`."],

  run: (cli, { rule }) =>
    inEachRegion(
      cli,
      async ({ oubli }) => {
        const planned = await oubli.retention.plan(rule.length === 0 ? {} : { rules: rule });
        return { json: { executed: false, rules: planned }, text: plannedRows(planned) };
      },
      { unsound: true },
    ),
});
