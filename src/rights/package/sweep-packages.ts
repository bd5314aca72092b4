import { claimCases, loadCase } from "#cases";
import { isOubliError, word, type Actor } from "#kernel";

import type { KeepingWorld } from "./keep-package.ts";
import type { KeptCase, KeptFile } from "./kept-file.ts";
import { endPackage, isOvertaken, type Ending } from "./open-package.ts";
import type { PackageRef } from "./package-store.ts";

const BATCH = 100;

/**
 * Destroys packages whose time is over, that a crash left half-made, or that hold something which
 * was erased or corrected since; and bytes that belong to none.
 *
 * @returns how many packages ended.
 */
export async function sweepPackages(world: KeepingWorld, actor: Actor): Promise<number> {
  const by: Ending = { actor, state: word("ended") };
  let ended = 0;
  for (let due: readonly KeptCase[] = []; ;) {
    due = await claimCases<KeptFile>(world, ["package"], BATCH);
    for (const kept of due) ended += await endPackage(world, kept, by);
    if (due.length < BATCH) break;
  }
  for (const ref of await world.packages.list()) {
    const kept = await keptOf(world, ref);
    if (kept === null || kept.file === null) await world.packages.remove(ref);
    else if (await isOvertaken(world, kept)) ended += await endPackage(world, kept, by);
  }
  return ended;
}

/** The case that bytes belong to; `null`: to none. */
async function keptOf(world: KeepingWorld, ref: PackageRef): Promise<KeptCase | null> {
  try {
    return await loadCase<KeptFile>(world, { ...ref, kind: "package" });
  } catch (error) {
    if (isOubliError(error, "NOT_FOUND")) return null;
    throw error;
  }
}
