import type { CaseRow } from "#cases";
import { SYSTEM_ACTOR, type ErasureWorld } from "#erasure";
import type { CaseId } from "#kernel";

const PAGE = 500;

/**
 * Removes the office's cases whose time is over: the row, and the key of the file that was in it.
 * What a person on hold has asked for stays.
 *
 * @returns how many.
 */
export async function removeEndedCases(world: ErasureWorld): Promise<number> {
  const { cases, keyring, clock } = world;
  const kept = new Set<CaseId>();
  let removed = 0;
  for (;;) {
    const page = await cases.ended(clock.now(), PAGE + kept.size);
    const over: CaseRow[] = [];
    for (const row of page) {
      if (kept.has(row.id)) continue;
      if (await isHeld(world, row)) kept.add(row.id);
      else over.push(row);
    }
    if (over.length === 0) return removed;
    for (const [tenant, rows] of Map.groupBy(over, (row) => row.tenant)) {
      await recordEnd(world, tenant, rows);
      for (const { id } of rows) await keyring.endCase(id);
      await cases.remove(rows.map(({ id }) => id));
    }
    removed += over.length;
  }
}

async function isHeld({ audit }: ErasureWorld, { subject }: CaseRow): Promise<boolean> {
  return subject !== null && (await audit.store.facts(subject)).holds.length > 0;
}

async function recordEnd(
  { audit, region }: ErasureWorld,
  tenant: CaseRow["tenant"],
  rows: readonly CaseRow[],
): Promise<void> {
  await audit.record({
    t: "retention.batch",
    tenant,
    region,
    actor: SYSTEM_ACTOR,
    subject: null,
    facts: { cases: rows.map(({ id }) => id) },
  });
}
