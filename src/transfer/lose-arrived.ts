import { readEntry, storedEntries, type Entry } from "#audit";
import type { ErasureWorld } from "#erasure";
import type { ErasureId, Word } from "#kernel";
import type { Caller } from "#memory";

import { arrivalOf } from "./arrivals.ts";
import { isWhole } from "./is-whole.ts";
import { loseArrival, type Lost } from "./lose-arrival.ts";
import type { Given } from "./settle-sent.ts";
import type { Authorisation } from "./world.ts";

/**
 * Finds those who came, as the ledger tells, behind the backup that was put back: its memories, or
 * its keys, are of before. Safe to repeat.
 *
 * @returns those who are lost.
 */
export async function loseArrived(
  world: ErasureWorld,
  actor: Caller["actor"],
  { memoryStands, ledger }: Given,
): Promise<readonly Lost[]> {
  const lost: Lost[] = [];
  const behind = storedEntries(world.audit.store, "ledger", { from: ledger });
  for await (const { type, bytes } of behind) {
    if (!bytes || type !== "transfer.in") continue;
    const arrival = arrivalIn(readEntry(bytes));
    if (arrival === null) continue;
    const { as: subject, tenant } = arrival;
    const { facts } = await world.facts.read(subject);
    if (facts.erased || (memoryStands && (await isWhole(world, subject)))) continue;
    const known = (await arrivalOf(world, subject))?.lost === true;
    if (!known) await loseArrival(world, arrival, { subject, tenant, actor });
    lost.push(arrival);
  }
  return lost;
}

/** `null` for somebody who came with nothing. */
function arrivalIn(entry: Entry): Lost | null {
  const { nodes } = entry["scope"] as { readonly nodes: number };
  if (nodes === 0) return null;
  return {
    id: entry["erasure"] as ErasureId,
    as: entry.subject!,
    tenant: entry.tenant,
    from: entry["from"] as Word,
    erasure: entry["certificate"] as ErasureId,
    authorisation: entry["authorisation"] as Authorisation,
  };
}
