import { isAbsolute, relative, resolve } from "node:path";

import { CliError } from "../cli-error.ts";
import { command, type Cli } from "../command.ts";
import { count, day } from "../table.ts";
import { timeOf } from "../time.ts";

export const backup = command({
  name: "backup",
  summary: "Copy the databases while they are in use; the root keys are not part of it.",
  args: { target: { help: "A folder, in which a new one is made; -: a tar stream" } },
  flags: {
    keysOnly: { type: "boolean", help: "The keys alone: for a backup every minute" },
    ends: { type: "string", value: "time", help: "When it will be destroyed (default: 30 days)" },
    keep: {
      type: "number",
      value: "n",
      help: "Leave the newest n of its kind in the folder, and destroy the others",
    },
    targetRegion: {
      type: "string",
      value: "code",
      help: "Where the target lies (default: the store's region)",
    },
  },
  details: [
    "backup list shows those that may still exist; backup end says that one was destroyed.",
    "Erasure certificates name every backup that may still exist.",
  ],

  fields: { region: ["targetRegion"] },

  async run(cli, { target, keysOnly, ends, keep, targetRegion }) {
    const to = target === "-" ? process.stdout : await outside(cli, resolve(cli.folder, target));
    await using opened = await cli.open();
    const bar = cli.terminal.progress("Bytes copied", null);
    const made = await opened.oubli
      .backup(to, {
        keysOnly,
        ends: ends === undefined ? undefined : timeOf(ends, "--ends"),
        keep,
        region: targetRegion,
        onProgress: (bytes) => bar.step(bytes),
      })
      .finally(() => bar.end());
    const bytes = made.files.reduce((sum, { size }) => sum + size, 0);
    return {
      json: { ...made, bytes },
      // The stream is the backup, and nothing else may stand in it.
      toStderr: target === "-",
      text: [
        `Backup ${made.backup}: ${count(made.files.length, "database")}, ${count(bytes, "byte")}.`,
        `  ledger at ${made.ledger}, key epoch ${made.epoch}; to be destroyed by ${day(made.endsAt)}`,
        ...(made.ended.length > 0 ? [`  older ones destroyed: ${made.ended.length}`] : []),
        "It opens nothing without the root keys: keep those apart.",
      ],
    };
  },
});

/** What is lost with the store is no backup of it; beside the root keys it would be readable. */
async function outside(cli: Cli, folder: string): Promise<string> {
  const { targetOf } = await import("../open.ts");
  const { data, root } = (await targetOf(cli.settings, cli.folder)).folders;
  const within = [data, root].some(
    (own) =>
      own !== null && !relative(own, folder).startsWith("..") && !isAbsolute(relative(own, folder)),
  );
  if (within) {
    throw new CliError(
      "FILE",
      "<target> lies in the store's folder, or in the root keys': name another",
    );
  }
  return folder;
}
