import type { ConsentRecord } from "#consent";

import { CliError } from "../cli-error.ts";
import { command } from "../command.ts";
import { jsonOf, scopeOf } from "../erasure-answer.ts";
import { personOf, SUBJECT } from "../person.ts";
import { memories } from "../table.ts";

export const consentWithdraw = command({
  name: "consent withdraw",
  summary: "Record that a person took a consent back; erases what rested on it alone.",
  args: { subject: SUBJECT },
  flags: {
    purpose: { type: "string", required: true, value: "code", help: "What they no longer want" },
    policyVersion: { type: "string", value: "version", help: "The notice (default: the last one)" },
    mechanism: { type: "string", value: "code", help: "How they said so (default: cli)" },
    keepOn: {
      type: "string",
      value: "code",
      help: "The legal ground to keep the memories, restricted, instead of erasing them",
    },
  },

  async run(cli, { subject, purpose, policyVersion, mechanism = "cli", keepOn }) {
    await using opened = await cli.open();
    const person = await personOf(opened, subject);
    const { record, erased } = await person.consent.withdraw(
      {
        purpose,
        policyVersion: policyVersion ?? lastVersion(await person.consent.history(), purpose),
        mechanism,
      },
      keepOn === undefined ? undefined : { keepOn },
    );
    const nodes = erased.reduce((sum, certificate) => sum + scopeOf(certificate).nodes, 0);
    return {
      json: { record, erased: erased.map(jsonOf) },
      text: [
        `Recorded: ${record.purpose} is withdrawn, ${record.id}, ledger/${record.index}.`,
        keepOn === undefined
          ? `Erased ${memories(nodes)} that rested on it alone.`
          : `What rested on it is kept, restricted, on the ground ${keepOn}.`,
        ...erased.map(({ erasure, stage }) => `Certificate ${erasure}, stage ${stage}.`),
      ],
    };
  },
});

function lastVersion(records: readonly ConsentRecord[], purpose: string): string {
  const last = records.findLast((record) => record.purpose === purpose);
  if (!last) throw new CliError("USAGE", "--policy-version is needed: there is no earlier record");
  return last.policyVersion;
}
