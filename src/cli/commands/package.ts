import type { MadePackage } from "#rights";

import { CliError } from "../cli-error.ts";
import { command, EXIT } from "../command.ts";
import { IDENTIFIER, identifiersOf } from "../identifiers.ts";
import { newFile } from "../new-file.ts";
import { personOf, SUBJECT } from "../person.ts";
import { count, day } from "../table.ts";
import { timeOf } from "../time.ts";

export const packagePerson = command({
  name: "package",
  summary: "Everything held about a person, as a ZIP for them to read (GDPR Art. 15, 20).",
  args: { subject: SUBJECT },
  flags: {
    to: { type: "string", value: "file", help: "A new file, for you only to read" },
    link: { type: "boolean", help: "In its place, a link that opens it once" },
    expires: { type: "string", value: "time", help: "When the link ends (default: in 7 days)" },
    name: { type: "list", value: "name", help: "A name that they go by; others' words stay out" },
    identifier: IDENTIFIER,
  },
  details: [
    "Open index.html in it. Check it with: oubli verify --package <folder> --key <vkey>",
    "A link needs the folder `packages`, which the configuration file exports.",
  ],

  async run(cli, { subject, to, link, expires, name, identifier }) {
    if (link === (to !== undefined))
      throw new CliError("USAGE", "--to or --link is needed, not both");
    if (!link && expires !== undefined) throw new CliError("USAGE", "--expires goes with --link");
    const given = { names: name, identifiers: identifiersOf(identifier) };
    const until = expires === undefined ? {} : { expires: timeOf(expires, "--expires") };
    const path = to === undefined ? null : newFile(cli.folder, to, "--to");
    await using opened = await cli.open();
    const person = await personOf(opened, subject);
    if (path !== null) return answerOf(await person.package(path, given));
    const kept = await person.keepPackage({ ...given, ...until });
    const { json, text, exit } = answerOf(kept);
    return {
      json: { ...json, link: kept.link, expiresAt: kept.expiresAt },
      text: [...text, `Opens once, until ${day(kept.expiresAt)}: ${kept.link}`],
      exit,
    };
  },
});

function answerOf({ complete, madeAt, sections }: MadePackage) {
  const lines = sections.map(({ section, records, failed }) => {
    const why = failed === null ? "" : `, not complete: ${failed}`;
    return `  ${section}: ${count(records, "record")}${why}`;
  });
  const head = complete
    ? "Written. Every system that was asked has answered."
    : "Written, and not complete: not every system has answered. Make it again once they do.";
  return {
    json: { complete, madeAt, sections },
    text: [head, ...lines],
    exit: complete ? EXIT.done : EXIT.waiting,
  };
}
