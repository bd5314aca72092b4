import type { Oubli } from "#engine";
import type { RetentionRun, RuleProgress } from "#retention";

import { CliError } from "../cli-error.ts";
import { command, type Answer } from "../command.ts";
import { inEachRegion } from "../each-region.ts";
import type { Opened } from "../open.ts";
import { plannedRows, runAnswer } from "../retention-answer.ts";

export const retentionRun = command({
  name: "retention run",
  summary: "Remove what is older than its rule allows; shows it unless told to execute.",
  flags: {
    rule: { type: "list", value: "name", help: "Only this rule: memories, or crm.visits" },
    confirm: { type: "string", value: "run", help: "Go on with a run whose counts were strange" },
    execute: { type: "boolean", help: "Remove it" },
  },
  details: [
    "Removes in batches, each announced in the ledger. A count that is strange stops its rule.",
    "Ends with 3 where something is left: a rule stopped, waits for a release, or failed; with 4",
    "where a declaration is wrong: its rules remove nothing, and the others are carried out.",
  ],

  fields: { run: ["confirm"] },

  async run(cli, { rule, confirm, execute }) {
    if (confirm !== undefined && rule.length > 0) {
      throw new CliError("USAGE", "--confirm goes on with a run as it is: without --rule");
    }
    const rules = rule.length === 0 ? {} : { rules: rule };
    const work = async ({ oubli }: Opened): Promise<Answer> => {
      if (confirm !== undefined) {
        const stopped = await stoppedRun(oubli, confirm);
        if (!execute) return runAnswer(cli, stopped);
      }
      if (!execute) {
        const planned = await oubli.retention.plan(rules);
        const text = [...plannedRows(planned), "Remove it: --execute"];
        return { json: { executed: false, rules: planned }, text };
      }
      const bar = cli.terminal.progress("Removing", null);
      const gone = new Map<string, number>();
      const onProgress = ({ rule: name, removed }: RuleProgress): void => {
        bar.step(removed - (gone.get(name) ?? 0));
        gone.set(name, removed);
      };
      try {
        const run =
          confirm === undefined
            ? await oubli.retention.run({ ...rules, onProgress })
            : await oubli.retention.confirm(confirm, { onProgress });
        return runAnswer(cli, run);
      } finally {
        bar.end();
      }
    };
    return inEachRegion(cli, work, { unsound: true });
  },
});

/** The same answer with `--execute` and without, of a run that is over, too. */
async function stoppedRun({ retention }: Oubli, id: string): Promise<RetentionRun> {
  const runs = await retention.runs({ limit: 1000 });
  const run = runs.find((one) => one.id === id && one.endedAt === null);
  if (run?.rules.some(({ state }) => state === "stopped")) return run;
  throw new CliError("NOT_FOUND", "no run of this id waits; see: oubli retention runs");
}
