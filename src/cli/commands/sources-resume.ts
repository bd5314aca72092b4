import { command } from "../command.ts";
import { IDENTIFIER, identifiersOf } from "../identifiers.ts";
import { ERASURE_CASE, plannedAnswer, targetsAnswer } from "../targets-answer.ts";

export const sourcesResume = command({
  name: "sources resume",
  summary:
    "Ask the systems of an erasure again, with further names. Asks none unless --execute is given.",
  details: ["A name that is empty says that they have none: --identifier email="],
  args: { case: ERASURE_CASE },
  flags: {
    identifier: IDENTIFIER,
    execute: { type: "boolean", help: "Ask them" },
  },

  async run(cli, { case: id, identifier, execute }) {
    const identifiers = identifiersOf(identifier);
    await using opened = await cli.open();
    const { sources } = opened.only();
    const report = await sources.erasure(id);
    if (report.complete) return targetsAnswer(report);
    if (execute) {
      await sources.resume(id, { identifiers });
      return targetsAnswer(await sources.erasure(id));
    }
    const open = report.targets.flatMap(({ target, success }) => (success ? [] : [target]));
    return plannedAnswer(report, `Would ask again: ${open.join(", ")}.`);
  },
});
