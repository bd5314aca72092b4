import { resolve } from "node:path";

import { command } from "../command.ts";
import { CLI_AUDITOR } from "../open.ts";
import { count } from "../table.ts";

export const auditExport = command({
  name: "audit export",
  summary: "Write each log as a tlog-tiles folder, with its verifier key.",
  args: { folder: { help: "Where to: a folder for each log is made in it" } },

  async run(cli, { folder }) {
    await using opened = await cli.open();
    const { audit } = opened.only().as(CLI_AUDITOR);
    const files = await audit.export(resolve(cli.folder, folder));
    const keys = audit.logs.map((log) => [log, audit.verifierKey(log)] as const);
    return {
      json: { files, verifierKeys: Object.fromEntries(keys) },
      text: [
        `Written: ${count(files, "file")} of ${count(keys.length, "log")}.`,
        ...keys.map(([log, key]) => `${log}  ${key}`),
        `Check them: oubli verify --log ${folder}`,
      ],
    };
  },
});
