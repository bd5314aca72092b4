import { command, EXIT } from "../command.ts";
import { count, day, table } from "../table.ts";

export const noticeDrift = command({
  name: "notice drift",
  summary: "How the published notice differs from what is configured now.",

  async run(cli) {
    await using opened = await cli.open();
    const found = await opened.only().accountability.drift();
    const { published, differences } = found;
    if (published === null) {
      const text = ["No notice was published: oubli notice publish VERSION --execute"];
      return { json: found, text, exit: EXIT.failed };
    }
    const rows = differences.map(({ what, change, published: before, live }) => [
      change,
      what,
      `${JSON.stringify(before)} → ${JSON.stringify(live)}`,
    ]);
    const of = `${published.version}, published ${day(published.at)}`;
    return {
      json: found,
      text: [`${count(differences.length, "difference")} from ${of}.`, ...table(rows)],
      exit: differences.length === 0 ? EXIT.done : EXIT.failed,
    };
  },
});
