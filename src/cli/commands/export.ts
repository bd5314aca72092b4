import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";

import { CliError } from "../cli-error.ts";
import { command } from "../command.ts";
import { personOf, SUBJECT } from "../person.ts";
import { count, memories } from "../table.ts";

export const exportPerson = command({
  name: "export",
  summary: "Everything held about a person, as JSON (GDPR Art. 15, 20).",
  args: { subject: SUBJECT },
  flags: {
    out: { type: "string", value: "file", help: "Write it here; made readable by you only" },
  },

  async run(cli, { subject, out }) {
    await using opened = await cli.open();
    const copy = await (await personOf(opened, subject)).export();
    const text = JSON.stringify(copy, null, 2);
    if (out === undefined) return { json: copy, text: [text] };
    await writeNew(resolve(cli.folder, out), `${text}\n`);
    const held = {
      nodes: copy.nodes.length,
      consents: copy.consents.length,
      accesses: copy.accesses.length,
    };
    return {
      json: { subject: copy.subject, ...held },
      text: [
        `Written: ${memories(held.nodes)}, ` +
          `${count(held.consents, "consent record")}, ${count(held.accesses, "use")} of them.`,
      ],
    };
  },
});

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new CliError("FILE", "--out names a file that is there already");
  }
}
