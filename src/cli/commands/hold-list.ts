import { command } from "../command.ts";
import { personOf, SUBJECT } from "../person.ts";
import { memories, table } from "../table.ts";

export const holdList = command({
  name: "hold list",
  summary: "List the holds on a person's records.",
  args: { subject: SUBJECT },

  async run(cli, { subject }) {
    await using opened = await cli.open();
    const holds = await (await personOf(opened, subject)).holds();
    const rows = holds.map((hold) => {
      const { nodes, category, purpose } = hold;
      const scope = [nodes && memories(nodes.length), category, purpose];
      const narrowed = scope.filter((part) => part !== null).join(", ");
      return [
        hold.id,
        hold.case,
        hold.reason,
        new Date(hold.since).toISOString(),
        narrowed || "all",
      ];
    });
    return { json: holds, text: rows.length > 0 ? table(rows) : ["No hold."] };
  },
});
