import type { LogCheck } from "#audit";

import { command, EXIT, type Answer, type Cli } from "../command.ts";
import type { Opened } from "../open.ts";
import { entries } from "../table.ts";

export const auditVerify = command({
  name: "audit verify",
  summary: "Recompute every hash of each log, and compare: the log's fsck.",
  flags: {
    from: { type: "number", value: "index", help: "Only entries from this one on, in each log" },
  },

  async run(cli, { from }) {
    const { inEachRegion } = await import("../each-region.ts");
    return inEachRegion(cli, (opened) => verifyOne(cli, opened, from));
  },
});

async function verifyOne(
  { terminal }: Cli,
  opened: Opened,
  from: number | undefined,
): Promise<Answer> {
  const bar = terminal.progress("Entries checked", null);
  const checks = await (
    from === undefined
      ? opened.oubli.audit.check((entries) => bar.step(entries))
      : (await import("../check-tail.ts")).checkTails(opened, from, (entries) => bar.step(entries))
  ).finally(() => bar.end());
  const whole = checks.every(({ faults }) => faults.length === 0);
  const logs = checks.map((check) => {
    return { ...check, verifierKey: opened.oubli.audit.verifierKey(check.log) };
  });
  return {
    json: { whole, from: from ?? 0, logs },
    text: [
      ...logs.flatMap(linesOf),
      ...logs.map(({ log, verifierKey }) => `Verifier key of ${log}: ${verifierKey}`),
    ],
    exit: whole ? EXIT.done : EXIT.failed,
  };
}

/** Faults of one log that are listed one by one. */
const LISTED_MAX = 20;

function linesOf({ log, size, checked, pruned, faults }: LogCheck): string[] {
  const state = faults.length === 0 ? "whole" : "BROKEN";
  const gone = pruned > 0 ? `, ${pruned} pruned` : "";
  return [
    `${log}: ${state}: ${entries(size)}, ${checked} checked${gone}`,
    ...faults.slice(0, LISTED_MAX).map(({ fault, index }) => `  ${log}/${index}: ${fault}`),
    ...(faults.length > LISTED_MAX ? [`  and ${faults.length - LISTED_MAX} more`] : []),
  ];
}
