import assert from "node:assert/strict";

import type { Actor } from "#kernel";

import type { CaseEntry } from "./case.ts";
import type { CaseRow } from "./case-store.ts";
import type { CaseWorld } from "./world.ts";

/**
 * Writes a step down, durably, before it is taken, and where it leads.
 *
 * @returns where it stands in the ledger.
 */
export async function recordStep(
  { audit, region }: CaseWorld,
  { id, tenant, subject, step, state }: CaseRow,
  actor: Actor,
  { t, facts }: CaseEntry,
  destroysFile = false,
): Promise<number> {
  const own = { case: id, step, state, ...(destroysFile ? { fileDestroyed: true } : {}) };
  const done = await audit.record({
    t,
    tenant,
    region,
    actor,
    subject,
    facts: { ...facts, ...own },
  });
  assert(done.status === "appended", "a step has no gate to be stale against");
  return done.index;
}
