import { isOubliError, type SubjectId, type Word } from "#kernel";

import type { Oubli } from "../oubli.ts";
import type { EngineWorld } from "../world.ts";
import type { Restored, RestoreOptions } from "./options.ts";

/**
 * Carries out again the erasures that a lost tail of the ledger had. Somebody who was registered
 * after the backup is not here, and neither is anything of theirs.
 */
export async function eraseAgain(
  { keyring }: EngineWorld,
  oubliOf: (tenant: Word) => Oubli,
  fork: RestoreOptions["fork"],
): Promise<Restored["erased"]> {
  let [done, absent] = [0, 0];
  for (const { subject, nodes } of fork?.erased ?? []) {
    const tenant = await keyring.tenantOf(subject as SubjectId);
    const erased = tenant !== null && (await erase(oubliOf(tenant), subject, nodes));
    if (erased) done += 1;
    else absent += 1;
  }
  return { done, absent };
}

/** @returns `false` when there was nothing left of it. */
async function erase(
  oubli: Oubli,
  subject: string,
  nodes: readonly string[] | undefined,
): Promise<boolean> {
  const person = await oubli.subjectById(subject);
  try {
    if (nodes === undefined) await person.erase();
    else await person.forget(nodes);
    return true;
  } catch (error) {
    if (isOubliError(error, "ZERO_SCOPE") || isOubliError(error, "NOT_FOUND")) return false;
    throw error;
  }
}
