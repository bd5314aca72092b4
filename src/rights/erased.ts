import { readEntry, storedEntries, type Entry } from "#audit";
import { word, type SubjectId, type Word } from "#kernel";

import { say } from "./letters/say.ts";
import type { Request } from "./requests/request.ts";
import type { RightsWorld } from "./requests/world.ts";
import { completely, waiting, type Executed } from "./right.ts";

/** They are in another region, under another id, and so is what they ask for. */
export const MOVED = word("moved-to-another-region");

/** Rights that an erasure does not answer: itself, and one about what is kept behind it. */
const OUTLIVE_ERASURE = new Set([word("erasure"), word("accounting")]);

/**
 * Whether a right has its own answer for somebody who was erased. To whom their health information
 * was disclosed is kept for six years, and is owed as long.
 *
 * @source 45 CFR 164.528(a)(1)
 */
export const outlivesErasure = (right: Word): boolean => OUTLIVE_ERASURE.has(right);

/** The erasure of the whole person, if there was one. Cost: reads their entries in the ledger. */
export async function lastErasure(
  { audit }: RightsWorld,
  subject: SubjectId,
): Promise<Entry | null> {
  let found: Entry | null = null;
  for await (const { bytes, type } of storedEntries(audit.store, "ledger", { subject })) {
    if (bytes === null || type !== "erase.executed") continue;
    const entry = readEntry(bytes);
    if ((entry["scope"] as { subject?: boolean }).subject === true) found = entry;
  }
  return found;
}

/** Every right that does not outlive it, of somebody who was erased meanwhile; `null`: they are here. */
export async function erasedMeanwhile(
  world: RightsWorld,
  { subject }: Request,
): Promise<Executed | null> {
  const { facts } = await world.facts.read(subject!);
  if (!facts.erased) return null;
  const entry = await lastErasure(world, subject!);
  // Its entry is written behind the gate: the act is still under way, or a crash cut it short.
  if (entry === null) return waiting([word("act-under-way")]);
  if (entry["transfer"] !== undefined) return waiting([MOVED]);
  const { held } = entry["scope"] as { held: number };
  const kept = held > 0 ? [say("keptByHold", { count: held })] : [];
  return completely(
    [say("erasedMeanwhile")],
    {},
    {
      exceptions: [word("erased-meanwhile"), ...(held > 0 ? [word("held")] : [])],
      outcome: { kept },
    },
  );
}
