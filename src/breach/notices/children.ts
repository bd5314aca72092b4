import { allCases, type CaseRow } from "#cases";
import type { CaseId, Word } from "#kernel";

import type { BreachWorld } from "../world.ts";

/** Every notice of an incident without its file, newest first. */
export function noticesOf(
  world: BreachWorld,
  { tenant, id: parent }: { readonly tenant: Word; readonly id: CaseId },
): AsyncGenerator<CaseRow> {
  return allCases(world, { tenant, kind: "notice", parent });
}
