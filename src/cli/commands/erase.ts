import { resolve } from "node:path";

import { refuseTaken } from "../certificate-files.ts";
import { command } from "../command.ts";
import { erasePlanText } from "../erase-plan.ts";
import { erasureAnswer } from "../erasure-answer.ts";
import { IDENTIFIER, identifiersOf } from "../identifiers.ts";
import { personOf, SUBJECT } from "../person.ts";

export const erase = command({
  name: "erase",
  summary: "Erase a person. Shows the plan unless --execute is given.",
  args: { subject: SUBJECT },
  flags: {
    execute: { type: "boolean", help: "Carry the plan out; it cannot be undone" },
    reason: {
      type: "string",
      value: "code",
      help: "Why: a configured reason (default: subject-request)",
    },
    identifier: IDENTIFIER,
    certificate: { type: "string", value: "folder", help: "Write the certificate's files here" },
  },

  async run(cli, { subject, execute, reason, identifier, certificate: to }) {
    const identifiers = identifiersOf(identifier);
    if (to !== undefined) refuseTaken(resolve(cli.folder, to), "--certificate");
    await using opened = await cli.open();
    const person = await personOf(opened, subject);
    if (execute) {
      const certificate = await person.erase({
        ...(reason === undefined ? {} : { reason }),
        ...(identifier.length === 0 ? {} : { identifiers }),
      });
      return erasureAnswer(cli, certificate, to);
    }
    const plan = await person.plan();
    return {
      json: { status: "planned", subject: person.id, ...plan },
      text: [
        ...erasePlanText(plan, Object.keys(identifiers)),
        "Nothing was erased. Run again with --execute to erase.",
      ],
    };
  },
});
