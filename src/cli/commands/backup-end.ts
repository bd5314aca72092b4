import { command } from "../command.ts";

export const backupEnd = command({
  name: "backup end",
  summary: "Write down that a backup was destroyed; certificates name it no more.",
  args: { backup: { help: "Its id, as backup list shows it" } },

  async run(cli, { backup }) {
    await using opened = await cli.open();
    await opened.oubli.endBackup(backup);
    return { json: { ended: backup }, text: ["Written to the ledger: destroyed."] };
  },
});
