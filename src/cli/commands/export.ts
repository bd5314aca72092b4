import { command } from "../command.ts";
import { personOf, SUBJECT } from "../person.ts";
import { count, memories } from "../table.ts";
import { writeNew } from "../write-new.ts";

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
    await writeNew(cli.folder, out, `${text}\n`);
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
