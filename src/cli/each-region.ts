import { isOubliError, OubliError } from "#kernel";

import { CliError } from "./cli-error.ts";
import { EXIT, type Answer, type Cli, type Exit } from "./command.ts";
import { faultOf } from "./fault.ts";
import { noStore, openTarget, targetsOf, type Opened, type Target } from "./open.ts";

/** The worst comes first: it is what the process ends with. */
const WORST: readonly Exit[] = [EXIT.failed, EXIT.error, EXIT.waiting];

/**
 * Does the same in every region that was asked for, each opened for itself.
 *
 * @param how.unsound Also over a source whose declaration is wrong: for what only looks, and for what
 *   leaves out what is wrong.
 */
export function inEachRegion(
  cli: Cli,
  work: (opened: Opened) => Promise<Answer>,
  how: { readonly unsound?: boolean } = {},
): Promise<Answer> {
  return forEachTarget(cli, async (target) => {
    await using opened = await openTarget(target, cli.settings.tenant, { existing: true, ...how });
    return await work(opened);
  });
}

/**
 * As {@link inEachRegion}, before anything is opened. With one region the answer is its own; with
 * several each has a heading, or an element of a list. One that fails keeps no other from its turn.
 */
export async function forEachTarget(
  { settings, folder }: Cli,
  work: (target: Target) => Promise<Answer>,
): Promise<Answer> {
  const targets = await targetsOf(settings, folder);
  if (targets.length === 1) return work(targets[0]!).catch(throwNoStore);
  const answers: (Answer & { readonly region: string })[] = [];
  for (const target of targets) {
    const { region } = target;
    answers.push({ region, ...(await work(target).catch(answerOfFault)) });
  }
  return {
    json: answers.map(({ region, json }) => ({ region, ...(json as object) })),
    text: answers.flatMap(({ region, text }, at) => [
      ...(at === 0 ? [] : [""]),
      `Region ${region}`,
      ...text,
    ]),
    exit: WORST.find((exit) => answers.some((answer) => answer.exit === exit)) ?? EXIT.done,
  };
}

function throwNoStore(error: unknown): never {
  throw isOubliError(error, "NOT_FOUND") ? noStore() : error;
}

function answerOfFault(error: unknown): Answer {
  if (!(error instanceof OubliError || error instanceof CliError)) throw error;
  const { line, exit } = faultOf(isOubliError(error, "NOT_FOUND") ? noStore() : error, null);
  return { json: { error: error.code }, text: [line], exit };
}
