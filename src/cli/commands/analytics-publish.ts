import { command, EXIT } from "../command.ts";
import { DAYS } from "../days.ts";
import { count, table } from "../table.ts";

export const analyticsPublish = command({
  name: "analytics publish",
  summary: "Counts of some days that anybody may see. Shows the price unless --execute is given.",
  args: { event: { help: "The event, as the configuration's analytics declares it" } },
  flags: {
    ...DAYS,
    by: { type: "list", value: "dimension", help: "Tell its values apart" },
    epsilon: {
      type: "string",
      value: "number",
      required: true,
      help: "What it may tell of one session, and costs of each day's budget: 0.25",
    },
    execute: { type: "boolean", help: "Spend it; to ask again costs again" },
  },
  details: ["Keep the answer: nothing else does. Ends with 4 where the budget has not enough."],

  async run(cli, { execute, epsilon, ...asked }) {
    await using opened = await cli.open();
    const { analytics } = opened.only();
    const query = { ...asked, epsilon: Number(epsilon) };
    if (!execute) {
      const plan = await analytics.plan(query);
      return {
        json: { executed: false, ...plan },
        text: [
          `Would tell ${count(plan.cells, "count")}, with noise of scale ${plan.scale}.`,
          `It costs ${plan.epsilon} of each day; ${plan.left} is left of the day with least.`,
          plan.enough ? "Do it: --execute" : "That is not enough.",
        ],
        exit: plan.enough ? EXIT.done : EXIT.failed,
      };
    }
    const told = await analytics.publish(query);
    const rows = told.cells.map(({ dimensions, count: number }) => [
      Object.values(dimensions).join(", ") || told.event,
      number === null ? `under ${told.threshold}` : number.toLocaleString("en"),
    ]);
    return {
      json: { executed: true, ...told },
      text: [...table(rows), `Noise of scale ${told.scale}; ${told.left} of the budget is left.`],
    };
  },
});
