import { command } from "../command.ts";
import { DAYS } from "../days.ts";
import { table } from "../table.ts";

export const analyticsBudget = command({
  name: "analytics budget",
  summary: "What was told of each day's counts, and what may still be, in epsilon.",
  flags: DAYS,

  async run(cli, days) {
    await using opened = await cli.open();
    const budget = await opened.only().analytics.budget(days);
    const rows = budget.days.map(({ day, spent, limit, left }) => [
      day,
      `${spent} spent`,
      `of ${limit}`,
      `${left} left`,
    ]);
    const others = rows.length === 0 ? "Every day" : "Every other day";
    return { json: budget, text: [...table(rows), `${others} has ${budget.limit}.`] };
  },
});
