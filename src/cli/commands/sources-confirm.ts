import { OubliError } from "#kernel";

import { command } from "../command.ts";
import { ERASURE_CASE, plannedAnswer, targetsAnswer } from "../targets-answer.ts";

export const sourcesConfirm = command({
  name: "sources confirm",
  summary: "Say that a system erased a person by hand. Writes nothing unless --execute is given.",
  details: ["Where the system can be looked at, it is: nobody's word stands against rows there."],
  args: { case: ERASURE_CASE, source: { help: "The system, by its name" } },
  flags: {
    records: { type: "number", help: "How many records were deleted there (default: 0)" },
    execute: { type: "boolean", help: "Write it down" },
  },

  async run(cli, { case: id, source, records, execute }) {
    await using opened = await cli.open();
    const { sources } = opened.only();
    const report = await sources.erasure(id);
    const isOpen = report.targets.some(({ target, success }) => target === source && !success);
    if (!isOpen) throw new OubliError("NOT_FOUND");
    const deleted = records === undefined ? {} : { records };
    if (execute) {
      return targetsAnswer(await sources.confirm({ case: id, target: source, ...deleted }));
    }
    return plannedAnswer(report, `Would take your word for ${source}.`);
  },
});
