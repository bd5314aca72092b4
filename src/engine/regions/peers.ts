import type { ErasureRow } from "#audit";
import type { ErasureWorld } from "#erasure";
import { isOubliError, OubliError, word, type SubjectId, type Word } from "#kernel";
import { leavingOf, regionOf, resumeTransfer } from "#transfer";

/** The regions that one process has open, by name: a transfer needs two. */
export type Peers = Map<Word, ErasureWorld>;

/**
 * The region that somebody is to go to.
 *
 * @throws {OubliError} `INPUT_INVALID` with those there are; `REGION_UNAVAILABLE` for one that is
 *   not open here, now.
 */
export function peerOf(peers: Peers, { policy, region }: ErasureWorld, name: string): ErasureWorld {
  const others = Object.keys(policy.regions).filter((other) => other !== region) as Word[];
  if (!others.some((other) => other === name)) {
    const field = word("transfer.to");
    throw new OubliError("INPUT_INVALID", { field, given: name as Word, accepted: others });
  }
  const peer = peers.get(name as Word);
  if (peer === undefined) throw new OubliError("REGION_UNAVAILABLE", { region: name as Word });
  return peer;
}

/**
 * Goes on with a transfer that was interrupted. An arrival is in its origin's hands.
 *
 * @returns whether it is done. It waits while its other region is away, or cannot be written.
 */
export async function resumeBetween(
  peers: Peers,
  from: ErasureWorld,
  job: ErasureRow,
): Promise<boolean> {
  if (job.kind !== "transfer") return false;
  const to = peers.get(await regionOf(from, job));
  if (to === undefined) return false;
  try {
    await resumeTransfer({ from, to }, job);
    return true;
  } catch (error) {
    const damaged = isOubliError(error, "SEAL_BROKEN") || isOubliError(error, "STORE_DAMAGED");
    if (damaged || !isOubliError(error)) throw error;
    return false;
  }
}

/** Of a person whom two regions know, for a moment: the one where they are going to be. */
export async function staying<Person extends { readonly region: Word; readonly id: SubjectId }>(
  peers: Peers,
  known: readonly Person[],
): Promise<Person> {
  for (const person of known) {
    const world = peers.get(person.region);
    if (world && (await leavingOf(world, person.id)) === null) return person;
  }
  return known[0]!;
}
