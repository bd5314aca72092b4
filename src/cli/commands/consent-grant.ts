import { command } from "../command.ts";
import { SUBJECT } from "../person.ts";
import { timeOf } from "../time.ts";

export const consentGrant = command({
  name: "consent grant",
  summary: "Record that a person agreed to a purpose.",
  args: { subject: SUBJECT },
  flags: {
    purpose: { type: "string", required: true, value: "code", help: "What they agreed to" },
    policyVersion: {
      type: "string",
      required: true,
      value: "version",
      help: "The notice they saw",
    },
    jurisdiction: { type: "string", value: "code", help: "Where they live: chooses their region" },
    mechanism: { type: "string", value: "code", help: "How they said so (default: cli)" },
    explicit: { type: "boolean", help: "They agreed explicitly (GDPR Art. 9(2)(a))" },
    until: { type: "string", value: "time", help: "When it ends by itself" },
  },

  async run(cli, { subject, purpose, policyVersion, mechanism = "cli", ...flags }) {
    const { explicit, until, jurisdiction } = flags;
    await using opened = await cli.open();
    const person = await opened.oubli.subject(subject, { jurisdiction });
    const record = await person.consent.grant({
      purpose,
      policyVersion,
      mechanism,
      explicit,
      ...(until === undefined ? {} : { validUntil: timeOf(until, "--until") }),
    });
    return {
      json: record,
      text: [`Recorded: consent to ${record.purpose}, ${record.id}, ledger/${record.index}.`],
    };
  },
});
