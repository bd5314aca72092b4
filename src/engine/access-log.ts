import { accessLogOf, readEntry, type AccessLog, type Entry } from "#audit";
import type { EpochMs, Word } from "#kernel";
import { admit, type Caller } from "#memory";

import type { EngineWorld } from "./world.ts";

/** One use of a person's memories. */
export interface AccessRecord {
  readonly log: AccessLog;
  readonly index: number;
  readonly at: EpochMs;
  readonly type: Entry["t"];
  readonly actor: Entry["actor"];
  readonly purpose: Word | null;
  readonly decision: Word | null;
  /** Who was given it, or was to be given it. */
  readonly processor: Word | null;
  readonly nodes: readonly { readonly id: string; readonly category: string }[];
}

const PAGE = 1000;

/** Who read what about a person, and why. @source GDPR Art. 15(1)(c); requirements of HIPAA 164.528 */
export async function accessLog(
  world: EngineWorld,
  caller: Caller,
): Promise<readonly AccessRecord[]> {
  await admit(world, { verb: "export", caller, purpose: null, session: null });
  return readAccesses(world, caller);
}

export async function readAccesses(
  { audit }: EngineWorld,
  { subject }: Caller,
): Promise<readonly AccessRecord[]> {
  const records: AccessRecord[] = [];
  const log = accessLogOf(subject, audit.store.logs);
  for (let from = 0; ;) {
    const page = await audit.store.entries(log, { from, limit: PAGE, subject });
    for (const { index, bytes } of page) {
      if (bytes) records.push(recordOf({ log, index }, readEntry(bytes)));
    }
    if (page.length < PAGE) return records;
    from = page.at(-1)!.index + 1;
  }
}

function recordOf(place: Pick<AccessRecord, "log" | "index">, entry: Entry): AccessRecord {
  return {
    ...place,
    at: entry.ts,
    type: entry.t,
    actor: entry.actor,
    purpose: (entry["purpose"] as Word | undefined) ?? null,
    decision: (entry["decision"] as Word | undefined) ?? null,
    processor: (entry["processor"] as Word | undefined) ?? null,
    nodes: (entry["nodes"] as AccessRecord["nodes"] | undefined) ?? [],
  };
}
