import { resolve } from "node:path";

import { command } from "../command.ts";

export const demo = command({
  name: "demo",
  summary: "Remember, recall, withdraw, correct, forget and erase a conversation, and prove it.",
  flags: {
    from: { type: "string", value: "file", help: "JSON lines of your own, instead of Mara's" },
  },

  async run(cli, { from }) {
    const { fileScenario, MARA } = await import("../demo/scenario.ts");
    const { runDemo } = await import("../demo/run-demo.ts");
    return runDemo(cli, from === undefined ? MARA : await fileScenario(resolve(cli.folder, from)));
  },
});
