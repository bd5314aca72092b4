import { allCases, closeCase, type CaseRow } from "#cases";
import { isOubliError, word, type Actor } from "#kernel";
import type { Caller } from "#memory";

import type { ErasureWorld } from "./world.ts";

/** Another process's steps meanwhile: a link that is opened, a package that is ready. */
const TRIES_MAX = 5;

/**
 * Ends the sealed packages of a person that wait for their link: what an act destroys is in them,
 * too. Their keys go with it, in whatever process it is done, so that nothing is left to open when it
 * is final; their bytes, which are noise by then, go with the next sweep of who keeps them.
 *
 * Why none is missed: a package that is begun behind the intent reads nothing of what is planned.
 *
 * @throws {OubliError} `CONFLICT` when others kept moving one. Retryable.
 */
export async function endCopies(
  world: ErasureWorld,
  { tenant, subject, actor }: Caller,
): Promise<void> {
  const waiting = { tenant, kind: "package", subject, open: true } as const;
  for await (const row of allCases(world, waiting)) await endCopy(world, actor, row);
}

async function endCopy(world: ErasureWorld, actor: Actor, waiting: CaseRow): Promise<void> {
  const step = { actor, state: word("ended"), destroyFile: true, entry: { t: "package" } } as const;
  let row: CaseRow | null = waiting;
  for (let tries = 1; row !== null && row.closedAt === null; tries += 1) {
    try {
      // Whatever is in its file goes unread: a damaged one stops no erasure.
      await closeCase(world, { ...row, file: null }, step);
      return;
    } catch (error) {
      if (!isOubliError(error, "CONFLICT") || tries === TRIES_MAX) throw error;
      row = await world.cases.load(row.tenant, row.id);
    }
  }
}
