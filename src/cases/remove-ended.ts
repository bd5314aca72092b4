import type { Actor, CaseId } from "#kernel";

import type { CaseKind, CaseRow } from "./case-store.ts";
import type { CaseWorld } from "./world.ts";

const PAGE = 500;

type EndingWorld = Pick<CaseWorld, "audit" | "cases" | "keyring" | "clock" | "region">;

/**
 * Removes the cases whose time is over: the row, and the key of the file that was in it. What is
 * about a person on hold stays.
 *
 * @param kinds Default: all.
 * @returns how many.
 */
export async function removeEnded(
  world: EndingWorld,
  { actor, kinds }: { readonly actor: Actor; readonly kinds?: readonly CaseKind[] },
): Promise<number> {
  const { cases, keyring, clock } = world;
  const kept = new Set<CaseId>();
  let removed = 0;
  for (;;) {
    const page = await cases.ended(clock.now(), PAGE + kept.size);
    const over: CaseRow[] = [];
    for (const row of page) {
      if (kept.has(row.id)) continue;
      const others = kinds !== undefined && !kinds.includes(row.kind);
      if (others || (await isHeld(world, row))) kept.add(row.id);
      else over.push(row);
    }
    if (over.length === 0) return removed;
    for (const [tenant, rows] of Map.groupBy(over, (row) => row.tenant)) {
      const ids = rows.map(({ id }) => id);
      await world.audit.record({
        t: "retention.batch",
        tenant,
        region: world.region,
        actor,
        subject: null,
        facts: { cases: ids },
      });
      for (const id of ids) await keyring.endCase(id);
      await cases.remove(ids);
    }
    removed += over.length;
  }
}

async function isHeld({ audit }: EndingWorld, { subject }: CaseRow): Promise<boolean> {
  return subject !== null && (await audit.store.facts(subject)).holds.length > 0;
}
