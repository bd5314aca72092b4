import { existsSync } from "node:fs";
import { join } from "node:path";

import { isOubliError, OubliError } from "#kernel";

import { EXIT, type Answer, type Cli } from "../command.ts";
import { hasTraces, noStore, openTarget, targetOf, type Opened, type Target } from "../open.ts";
import { entries, table } from "../table.ts";
import { checkCrash, checkEpochs, checkRestore } from "./erasures.ts";
import { attempt, found, GROUND, INVARIANTS, notChecked, type Finding } from "./finding.ts";
import { checkGround } from "./ground.ts";
import { checkWithCanaries } from "./with-canaries.ts";

/**
 * Runs every check on a live store, and takes away what it planted.
 *
 * @throws {CliError} `NO_STORE` where nothing of one is there: no promise was broken.
 */
export async function runDoctor(cli: Cli, subject: string | null): Promise<Answer> {
  const target = await targetOf(cli.settings, cli.folder);
  if (!hasTraces(target)) throw noStore();
  const ground = checkGround(target.folders, target.region);
  const bar = cli.terminal.progress("Files read", null);
  try {
    const findings = await checkOpen(cli, target, subject, () => bar.step());
    return answerOf(cli, [...ground, ...findings]);
  } finally {
    bar.end();
  }
}

/** Everything that needs the store open. When it does not open, nothing of it is called held. */
async function checkOpen(
  cli: Cli,
  target: Target,
  subject: string | null,
  onFile: () => void,
): Promise<readonly Finding[]> {
  const { tenant } = cli.settings;
  let opened: Opened;
  try {
    opened = await openExisting(target, tenant);
  } catch (error) {
    if (!isOubliError(error)) throw error;
    const { settings, restore, epochs, canaries, audit } = GROUND;
    const rest = [settings, restore, epochs, canaries, audit, ...Object.values(INVARIANTS)];
    return [
      found(GROUND.opens, false, error.code),
      ...rest.map((promised) => notChecked(promised, "the store does not open")),
    ];
  }
  await using store = opened;
  const opens = found(GROUND.opens, true, "databases, keys, log and policy");
  const restore = await attempt(GROUND.restore, () => checkRestore(store));
  const epochs = await attempt(GROUND.epochs, () => checkEpochs(store));
  const crash = await attempt(INVARIANTS.crash, () => checkCrash(store));
  await using second = await openTarget({ ...target, configured: false }, tenant);
  const living = await checkWithCanaries({ opened: store, second, subject, onFile });
  // Last, so that it also covers what the checks themselves did.
  const audit = await attempt(GROUND.audit, () => checkAudit(store));
  return [opens, restore, epochs, ...inOrder([...living, audit, crash])];
}

async function openExisting(target: Target, tenant: string | null): Promise<Opened> {
  if (!existsSync(join(target.folders.data, "audit.db"))) throw new OubliError("NOT_FOUND");
  return openTarget(target, tenant);
}

async function checkAudit({ oubli }: Opened): Promise<Finding> {
  const checks = await oubli.audit.check();
  const size = checks.reduce((sum, { checked }) => sum + checked, 0);
  const faults = checks.flatMap(({ log, faults }) =>
    faults.map(({ fault, index }) => `${fault} at ${log}/${index}`),
  );
  const where = faults.length > 0 ? `; the first: ${faults[0]}` : "";
  const recomputed = `${entries(size)} recomputed`;
  return found(GROUND.audit, faults.length === 0, `${recomputed}, ${faults.length} faults${where}`);
}

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const order = [...Object.values(GROUND), ...Object.values(INVARIANTS)];
  const place = ({ check }: Finding) => order.findIndex((promised) => promised.check === check);
  return findings.toSorted((left, right) => place(left) - place(right));
}

function answerOf({ terminal }: Cli, findings: readonly Finding[]): Answer {
  const mark = ({ state, warning }: Finding): string => {
    if (state === "broken") return terminal.style("red", "BROKEN");
    if (state === "not checked") return terminal.style("yellow", "not checked");
    return warning ? terminal.style("yellow", "held, but") : terminal.style("green", "held");
  };
  const rows = findings.flatMap((one) => [
    [mark(one), one.check, terminal.style("bold", one.title)],
    ["", "", terminal.style("dim", one.evidence)],
  ]);
  const of = (state: Finding["state"]) => findings.filter((one) => one.state === state).length;
  const [held, broken, unchecked] = [of("held"), of("broken"), of("not checked")];
  return {
    json: { held, broken, notChecked: unchecked, findings },
    text: [...table(rows), "", `${held} held, ${broken} broken, ${unchecked} not checked.`],
    exit: broken > 0 ? EXIT.failed : EXIT.done,
  };
}
