import { command, EXIT } from "../command.ts";
import { IDENTIFIER, identifiersOf } from "../identifiers.ts";
import { newFile } from "../new-file.ts";
import { personOf, SUBJECT } from "../person.ts";
import { count } from "../table.ts";

export const packagePerson = command({
  name: "package",
  summary: "Everything held about a person, as a ZIP for them to read (GDPR Art. 15, 20).",
  args: { subject: SUBJECT },
  flags: {
    to: { type: "string", value: "file", required: true, help: "A new file, for you only to read" },
    name: { type: "list", value: "name", help: "A name that they go by; others' words stay out" },
    identifier: IDENTIFIER,
  },
  details: ["Open index.html in it. Check it with: oubli verify --package <folder> --key <vkey>"],

  async run(cli, { subject, to, name, identifier }) {
    const identifiers = identifiersOf(identifier);
    const path = newFile(cli.folder, to, "--to");
    await using opened = await cli.open();
    const person = await personOf(opened, subject);
    const made = await person.package(path, { names: name, identifiers });
    const lines = made.sections.map(({ section, records, failed }) => {
      const why = failed === null ? "" : `, not complete: ${failed}`;
      return `  ${section}: ${count(records, "record")}${why}`;
    });
    const head = made.complete
      ? "Written. Every system that was asked has answered."
      : "Written, and not complete: the request is not answered until every system has.";
    const { complete, madeAt, sections } = made;
    return {
      json: { complete, madeAt, sections },
      text: [head, ...lines],
      exit: complete ? EXIT.done : EXIT.waiting,
    };
  },
});
