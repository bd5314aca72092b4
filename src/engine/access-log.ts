import { admit, type Caller } from "#memory";
import { accessesOf, type AccessRecord } from "#rights";

import type { EngineWorld } from "./world.ts";

/** Who read what about a person, and why. @source GDPR Art. 15(1)(c); 45 CFR 164.528 */
export async function accessLog(
  world: EngineWorld,
  caller: Caller,
): Promise<readonly AccessRecord[]> {
  await admit(world, { verb: "export", caller, purpose: null, session: null });
  return readAccesses(world, caller);
}

export async function readAccesses(
  world: EngineWorld,
  { subject }: Caller,
): Promise<readonly AccessRecord[]> {
  const records: AccessRecord[] = [];
  for await (const page of accessesOf(world, subject)) records.push(...page);
  return records;
}
