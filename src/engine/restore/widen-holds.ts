import { readEntry, storedEntries, type Entry } from "#audit";
import type { Actor } from "#kernel";

import type { EngineWorld } from "../world.ts";

/**
 * A hold of the recovered tail that named its nodes holds more than it did: which ones they were
 * stands in no log. So that the rows stay what the ledger tells, it is released and placed again,
 * as wide as it is now; whoever placed it can do so more narrowly.
 */
export async function widenHolds(
  world: EngineWorld,
  actor: Actor,
  from: number,
  count: number,
): Promise<void> {
  const tail = storedEntries(world.audit.store, "ledger", { from, until: from + count });
  for await (const { bytes, type } of tail) {
    if (type === "hold.place" && bytes) await widen(world, actor, readEntry(bytes));
  }
}

async function widen({ audit, region }: EngineWorld, actor: Actor, entry: Entry): Promise<void> {
  const subject = entry.subject!;
  const { gate, holds } = await audit.store.facts(subject);
  const row = holds.find(({ id }) => id === entry["hold"]);
  if (!row || entry["nodes"] === null) return;
  const about = { tenant: entry.tenant, region, actor, subject };
  const moved = { kind: "gate", subject, pending: 0 } as const;
  await audit.record(
    {
      ...about,
      t: "hold.release",
      facts: { hold: row.id, case: row.case, gate: gate.seq + 1 },
    },
    { effects: [{ kind: "hold.release", subject, id: row.id }, moved] },
  );
  const { id: hold, case: code, reason, category, purpose, since } = row;
  const facts = { hold, case: code, reason, category, purpose, since, gate: gate.seq + 2 };
  await audit.record(
    { ...about, t: "hold.place", facts: { ...facts, nodes: null, nodesDigest: null } },
    { effects: [{ kind: "hold", row }, moved] },
  );
}
