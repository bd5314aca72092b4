import { DAY_MS, type CaseId, type EpochMs } from "#kernel";

import type { CaseWorld } from "./world.ts";

const PAGE = 500;

/**
 * How old a key is before it counts as left behind: no opening takes a day, not even one on a
 * machine whose clock is hours ahead.
 */
const STRAY_MS = DAY_MS;

/**
 * Destroys keys of cases that have no file: of an opening that died before its row, or of a file
 * that was destroyed by a process that died before its key.
 *
 * @returns how many.
 */
export async function endStrayKeys({
  cases,
  keyring,
  clock,
}: Pick<CaseWorld, "cases" | "keyring" | "clock">): Promise<number> {
  const before = (clock.now() - STRAY_MS) as EpochMs;
  let ended = 0;
  for (let after: CaseId | null = null; ;) {
    const page: readonly CaseId[] = await keyring.casesWithKey(before, { after, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) return ended;
    const filed = new Set(await cases.filed(page));
    const strays = page.filter((id) => !filed.has(id));
    for (const id of strays) await keyring.endCase(id);
    ended += strays.length;
    after = last;
  }
}
