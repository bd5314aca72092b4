import { resolve } from "node:path";

import { command } from "../command.ts";
import { CLI_AUDITOR } from "../open.ts";
import { count } from "../table.ts";

export const auditExport = command({
  name: "audit export",
  summary: "Write both logs as tlog-tiles folders, with their verifier keys.",
  args: { folder: { help: "Where to: access/ and ledger/ are made in it" } },

  async run(cli, { folder }) {
    await using opened = await cli.open();
    const { audit } = opened.only().as(CLI_AUDITOR);
    const files = await audit.export(resolve(cli.folder, folder));
    const verifierKeys = {
      access: audit.verifierKey("access"),
      ledger: audit.verifierKey("ledger"),
    };
    return {
      json: { files, verifierKeys },
      text: [
        `Written: ${count(files, "file")} of two logs.`,
        `access  ${verifierKeys.access}`,
        `ledger  ${verifierKeys.ledger}`,
        `Check them: oubli verify --log ${folder}`,
      ],
    };
  },
});
