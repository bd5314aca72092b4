import assert from "node:assert/strict";

import type { Actor } from "#kernel";

import type { CaseEntry } from "./case.ts";
import type { CaseRow } from "./case-store.ts";
import type { CaseWorld } from "./world.ts";

/** Writes a step down, durably, before it is taken. @returns where it stands in the ledger. */
export async function recordStep(
  { audit, region }: CaseWorld,
  { id, tenant, subject, step }: CaseRow,
  actor: Actor,
  { t, facts }: CaseEntry,
): Promise<number> {
  const done = await audit.record({
    ...{ t, tenant, region, actor, subject },
    facts: { ...facts, case: id, step },
  });
  assert(done.status === "appended", "a step has no gate to be stale against");
  return done.index;
}
