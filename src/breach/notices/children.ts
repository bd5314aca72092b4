import { listCases, type CaseListing, type CaseRow } from "#cases";
import type { CaseId, Word } from "#kernel";

import type { BreachWorld } from "../world.ts";

const PAGE = 200;

/** Every notice of an incident without its file, newest first. */
export async function* noticesOf(
  world: BreachWorld,
  incident: { readonly tenant: Word; readonly id: CaseId },
): AsyncGenerator<CaseRow> {
  const { tenant, id: parent } = incident;
  for (let after: CaseListing["after"] = null; ;) {
    const listing = { tenant, kind: "notice", parent, after, limit: PAGE } as const;
    const page: readonly CaseRow[] = await listCases(world, listing);
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!;
  }
}
