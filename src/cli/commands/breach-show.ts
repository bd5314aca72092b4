import { incidentAnswer } from "../breach-answer.ts";
import { command } from "../command.ts";
import { INCIDENT } from "./breach-update.ts";

export const breachShow = command({
  name: "breach show",
  summary: "Show an incident: what was reported, whom it reached, what is due.",
  args: { incident: INCIDENT },

  async run(cli, { incident }) {
    await using opened = await cli.open();
    return incidentAnswer(await opened.only().breach.show(incident));
  },
});
