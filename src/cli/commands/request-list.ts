import { command } from "../command.ts";
import { inEachRegion } from "../each-region.ts";
import { requestLine } from "../request-answer.ts";
import { table } from "../table.ts";

export const requestList = command({
  name: "request list",
  summary: "List what people asked for, newest first, and by when it is due.",
  flags: { limit: { type: "number", help: "At most so many (default: 100)" } },

  run: (cli, { limit }) =>
    inEachRegion(cli, async ({ oubli }) => {
      const page = await oubli.requests.list(limit === undefined ? {} : { limit });
      const rows = page.requests.map(requestLine);
      return {
        json: page,
        text: [
          ...(rows.length === 0 ? ["No request."] : table(rows)),
          ...(page.next === null ? [] : ["There are more: --limit"]),
        ],
      };
    }),
});
