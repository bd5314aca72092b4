import { isConfigured, MECHANISM_NAMES, type Policy, type TransferMechanism } from "#policy";

import { CliError } from "../cli-error.ts";
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
    refuseUnknown(opened.oubli.policy, person.region, { to, mechanism, document: filed.document });
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

/** What would be refused is refused without --execute, too. */
function refuseUnknown(
  policy: Policy,
  from: string,
  { to, mechanism, document }: Readonly<Record<"to" | "mechanism" | "document", string>>,
): void {
  const others = Object.keys(policy.regions).filter((name) => name !== from);
  refuseOther("--to", to, others);
  refuseOther("--mechanism", mechanism, MECHANISM_NAMES);
  if (isConfigured(policy, "documents", document)) return;
  throw new CliError(
    "USAGE",
    "--document takes a code that the configuration lists in codes.documents",
  );
}

function refuseOther(flag: string, given: string, accepted: readonly string[]): void {
  if (accepted.includes(given)) return;
  throw new CliError(
    "USAGE",
    `${flag} takes ${accepted.join(", ") || "another region: there is none"}`,
  );
}
