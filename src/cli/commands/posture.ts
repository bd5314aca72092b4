import { factsText, postureHtml, runPosture, type State } from "#posture";

import { command, EXIT, type Answer } from "../command.ts";
import { forEachTarget } from "../each-region.ts";
import { openTarget } from "../open.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { ofRegion, PAGE_FLAGS, writeNew } from "../write-new.ts";

export const posture = command({
  name: "posture",
  summary: "Check every promise on the live store, with evidence; canaries are erased again.",
  flags: {
    ...PAGE_FLAGS,
    all: { type: "boolean", help: "Show what is held as well" },
  },
  details: ["Exit code 4 where a promise is broken. That it was checked is in the ledger."],

  run(cli, { out, force, all }) {
    return forEachTarget(cli, async (target): Promise<Answer> => {
      await using opened = await openTarget(target, cli.settings.tenant, { existing: true });
      const made = await runPosture(opened.oubli, target.config.regions[target.region]!);
      const { posture: found, auditIndex, digest } = made;
      if (out !== undefined) {
        const regions = Object.keys(target.config.regions).length;
        await writeNew(cli.folder, ofRegion(out, target.region, regions), postureHtml(made), {
          force,
        });
      }
      const unchecked = found.findings.filter(({ state }) => state === "not-checked").length;
      const shown = found.findings.filter(({ state }) => all || state !== "held");
      const rows = shown.flatMap(({ control, rows: promises, state, title, says, facts }) => [
        [marked(cli.terminal, state), control, title],
        ["", promises.join(" "), cli.terminal.style("dim", `${says} ${factsText(facts)}`)],
      ]);
      return {
        json: { ...found, digest, auditIndex },
        text: [
          ...table(rows),
          "",
          `${found.held} promises held, ${found.broken} broken, ${found.notChecked} not checked.`,
          `A promise is held where none of its controls is broken and one was checked; of ` +
            `${found.findings.length} controls ${unchecked} were not, each with its reason.`,
          `Logged as ledger/${auditIndex}, report ${digest}`,
          ...(out === undefined ? [] : ["Written: 1 page."]),
        ],
        exit: found.broken > 0 ? EXIT.failed : EXIT.done,
      };
    });
  },
});

function marked(terminal: Terminal, state: State): string {
  if (state === "broken") return terminal.style("red", "BROKEN");
  return state === "held"
    ? terminal.style("green", "held")
    : terminal.style("yellow", "not checked");
}
