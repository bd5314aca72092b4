import { isOubliError } from "#kernel";

import { EXIT, type Answer, type Cli } from "../command.ts";
import { forEachTarget } from "../each-region.ts";
import { hasTraces, noStore, openTarget, type Opened, type Target } from "../open.ts";
import { entries, table } from "../table.ts";
import { checkCrash, checkEpochs, checkRestore } from "./erasures.ts";
import { attempt, found, GROUND, INVARIANTS, notChecked, type Finding } from "./finding.ts";
import { checkGround } from "./ground.ts";
import { checkServer } from "./server.ts";
import { checkWithCanaries } from "./with-canaries.ts";

/**
 * Runs every check on a live store, and takes away what it planted.
 *
 * @throws {CliError} `NO_STORE` where nothing of one is there: no promise was broken.
 */
export function runDoctor(cli: Cli, subject: string | null): Promise<Answer> {
  return forEachTarget(cli, (target) => examine(cli, target, subject));
}

async function examine(cli: Cli, target: Target, subject: string | null): Promise<Answer> {
  if (!hasTraces(target)) throw noStore();
  const { region, folders, config } = target;
  const { store } = config.regions[region]!;
  const ownNotary = typeof store === "string" || store.notary === undefined;
  const ground = checkGround(folders, region, ownNotary);
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
    opened = await openTarget(target, tenant, { existing: true });
  } catch (error) {
    if (!isOubliError(error)) throw error;
    // On a server nothing else says whether there is a store.
    if (error.code === "NOT_FOUND" && target.folders.data === null) throw error;
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
  const server = await checkServer(target);
  await using second = await openTarget({ ...target, configured: false }, tenant);
  const living = await checkWithCanaries({ opened: store, second, subject, onFile });
  // Last, so that it also covers what the checks themselves did.
  const audit = await attempt(GROUND.audit, () => checkAudit(store));
  return [opens, restore, epochs, ...inOrder([...server, ...living, audit, crash])];
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
