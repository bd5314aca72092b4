import type { ConsentRecord } from "#consent";
import type { Subject } from "#engine";
import type { Word } from "#kernel";

import { CliError } from "../cli-error.ts";
import { command, EXIT } from "../command.ts";
import { jsonOf, scopeOf } from "../erasure-answer.ts";
import type { OpenedRegions } from "../open.ts";
import { personOf, SUBJECT } from "../person.ts";
import { memories } from "../table.ts";

/** Memories looked through for one that a hold keeps. */
const PAGE = 1000;

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
    const waiting = keepOn === undefined && (await isHeld(opened, person, record.purpose));
    const nodes = erased.reduce((sum, certificate) => sum + scopeOf(certificate).nodes, 0);
    return {
      json: { status: waiting ? "waiting" : "done", record, erased: erased.map(jsonOf) },
      text: [
        `Recorded: ${record.purpose} is withdrawn, ${record.id}, ledger/${record.index}.`,
        keepOn === undefined
          ? `Erased ${memories(nodes)} that rested on it alone.`
          : `What rested on it is kept, restricted, on the ground ${keepOn}.`,
        ...erased.map(({ erasure, stage }) => `Certificate ${erasure}, stage ${stage}.`),
        ...(waiting ? ["A hold keeps others; they wait for it."] : []),
      ],
      exit: waiting ? EXIT.waiting : EXIT.done,
    };
  },
});

/** Whether a memory is left that was kept for this purpose alone. */
async function isHeld(opened: OpenedRegions, person: Subject, purpose: Word): Promise<boolean> {
  if ((await person.holds()).length === 0) return false;
  const filter = { kinds: ["memory", "derived"], purpose } as const;
  const { memory } = opened.storesOf(person.region);
  const left = await memory.list(person.id, filter, { after: null, limit: PAGE });
  return left.some(({ purposes }) => purposes.length === 1);
}

function lastVersion(records: readonly ConsentRecord[], purpose: string): string {
  const last = records.findLast((record) => record.purpose === purpose);
  if (!last) throw new CliError("USAGE", "--policy-version is needed: there is no earlier record");
  return last.policyVersion;
}
