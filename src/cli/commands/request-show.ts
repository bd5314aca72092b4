import { command } from "../command.ts";
import { requestAnswer } from "../request-answer.ts";

export const requestShow = command({
  name: "request show",
  summary: "Show a request: its dates, what it waits for, and its last letter.",
  args: { request: { help: "Its reference: case_…" } },

  async run(cli, { request }) {
    await using opened = await cli.open();
    const shown = await opened.only().requests.show(request);
    return { ...requestAnswer(shown), exit: 0 };
  },
});
