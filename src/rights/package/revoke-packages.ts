import { allCases, loadCase, type CaseRow } from "#cases";
import { word, type Actor, type CaseId, type SubjectId, type Word } from "#kernel";

import type { KeepingWorld } from "./keep-package.ts";
import type { KeptFile } from "./kept-file.ts";
import { endPackage } from "./open-package.ts";

/** Whose packages, or those of one request alone. */
export interface Revoking {
  readonly tenant: Word;
  readonly actor: Actor;
  readonly subject: SubjectId;
  readonly parent?: CaseId;
}

/**
 * Takes back what waits: keys and bytes are destroyed now, and no link opens anything any more. One
 * that is being written or fetched at this moment ends with that, or with the next sweep.
 *
 * @returns how many packages ended.
 */
export async function revokePackages(
  world: KeepingWorld,
  { actor, ...which }: Revoking,
): Promise<number> {
  const { tenant } = which;
  let ended = 0;
  for await (const row of allCases(world, { ...which, kind: "package" })) {
    // An act in another room has ended it, and knows nothing of bytes.
    if (row.closedAt !== null) {
      await world.packages.remove(row);
      continue;
    }
    const kept = await loadCase<KeptFile>(world, { tenant, kind: "package", id: row.id });
    if (kept.closedAt !== null) continue;
    ended += await endPackage(world, kept, { actor, state: word("revoked") });
  }
  return ended;
}

/** Packages whose link was not used to its end, the newest first. */
export async function waitingPackages(
  world: Pick<KeepingWorld, "cases">,
  { tenant, subject, parent }: Omit<Revoking, "actor">,
): Promise<readonly CaseRow[]> {
  const listing = { tenant, kind: "package", subject, open: true } as const;
  const waiting: CaseRow[] = [];
  for await (const row of allCases(world, { ...listing, ...(parent ? { parent } : {}) })) {
    waiting.push(row);
  }
  return waiting;
}
