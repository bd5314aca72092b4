import { command } from "../command.ts";
import { inEachRegion } from "../each-region.ts";
import { entries } from "../table.ts";

export const breachDetect = command({
  name: "breach detect",
  summary: "Look for what is not usual in the last weeks' log; opens suspected incidents.",

  run: (cli) =>
    inEachRegion(cli, async ({ oubli }) => {
      const found = await oubli.breach.detect();
      return {
        json: found,
        text: [
          `Read ${entries(found.entries)}.`,
          ...found.incidents.map((id) => `Suspected: ${id}`),
        ],
      };
    }),
});
