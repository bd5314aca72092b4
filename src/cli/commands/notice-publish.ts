import { noticeDigest } from "#accountability";
import { configuredCodes, isConfigured } from "#policy";

import { CliError } from "../cli-error.ts";
import { command } from "../command.ts";

export const noticePublish = command({
  name: "notice publish",
  summary: "Write down that people are told this now; shows it unless told to execute.",
  args: { version: { help: "Which version of the notice, as codes.notices lists it" } },
  flags: { execute: { type: "boolean", help: "Write it to the ledger" } },

  async run(cli, { version, execute }) {
    await using opened = await cli.open();
    const { accountability, policy } = opened.only();
    if (!isConfigured(policy, "notices", version)) {
      throw new CliError("USAGE", `<version> takes ${configuredCodes(policy, "notices")}`);
    }
    const digest = noticeDigest(accountability.notice());
    if (!execute) {
      return {
        json: { executed: false, version, digest },
        text: [`Would publish ${version}: ${digest}`, "Do it: --execute"],
      };
    }
    const done = await accountability.publishNotice({ version });
    return {
      json: { executed: true, version, ...done },
      text: [`Published ${version}: ${digest}`, `Logged as ${done.auditLog}/${done.auditIndex}.`],
    };
  },
});
