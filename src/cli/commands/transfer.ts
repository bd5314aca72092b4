import type { TransferMechanism } from "#policy";

import { command } from "../command.ts";
import { erasureAnswer } from "../erasure-answer.ts";
import { personOf, SUBJECT } from "../person.ts";
import { count, memories } from "../table.ts";
import { timeOf } from "../time.ts";

export const transfer = command({
  name: "transfer",
  summary: "Move a person to another region. Shows the plan unless --execute is given.",
  args: { subject: SUBJECT },
  flags: {
    to: { type: "string", value: "region", required: true, help: "Where they go" },
    mechanism: {
      type: "string",
      value: "code",
      required: true,
      help: "On what it rests: adequacy, scc, bcr, derogation-consent, unrestricted, …",
    },
    document: {
      type: "string",
      value: "code",
      required: true,
      help: "Where the authorisation is filed, as codes.documents lists it",
    },
    approver: { type: "string", value: "id", required: true, help: "Who reviewed it" },
    expires: { type: "string", value: "time", required: true, help: "When it ends: 2027-05-01" },
    execute: { type: "boolean", help: "Carry it out; the old region's copy is erased" },
    certificate: { type: "string", value: "folder", help: "Write the certificate's files here" },
  },

  async run(cli, { subject, to, execute, certificate: folder, expires, mechanism, ...filed }) {
    const until = timeOf(expires, "--expires");
    await using opened = await cli.open();
    const person = await personOf(opened, subject);
    if (!execute) {
      const plan = await person.plan();
      return {
        json: { status: "planned", subject: person.id, from: person.region, to, ...plan },
        text: [
          `Would move ${memories(plan.nodes)} and ${count(plan.derived, "thing")} made from them ` +
            `from ${person.region} to ${to}, and erase them in ${person.region}.`,
          ...(plan.held > 0 ? ["A hold keeps this person where they are."] : []),
          "Nothing was moved. Run again with --execute to move them.",
        ],
      };
    }
    const authorisation = { ...filed, mechanism: mechanism as TransferMechanism, expires: until };
    const { subject: moved, certificate } = await person.transfer({ to, authorisation });
    const erased = await erasureAnswer(cli, certificate, folder);
    return {
      ...erased,
      json: { ...(erased.json as object), from: person.region, to, as: moved.id },
      text: [`Moved from ${person.region} to ${to}, where they are ${moved.id}.`, ...erased.text],
    };
  },
});
