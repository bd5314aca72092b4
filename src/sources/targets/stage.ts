import { DAY_MS, type SubjectId } from "#kernel";

import type { SourcesWorld } from "../world.ts";
import { factsIn, type TargetsCase } from "./targets-case.ts";

/** How long an intent may stay out before the case is taken for one that never came to be. */
const PLANNED_MS = 7 * DAY_MS;

/** Nothing is asked of a target before nobody can open the person's memories any more. */
export async function stageOf(
  { audit, clock }: SourcesWorld,
  row: TargetsCase,
): Promise<"never" | "waits" | "executed"> {
  const erasure = await audit.store.erasure(row.subject!, factsIn(row).erasure);
  if (erasure === null) return clock.now() - row.openedAt > PLANNED_MS ? "never" : "waits";
  if (erasure.stage === "aborted") return "never";
  return erasure.stage === "pending" ? "waits" : "executed";
}

/** A hold on the whole person keeps what others have of them, too. It goes on at its release. */
export async function isHeld({ audit }: SourcesWorld, subject: SubjectId): Promise<boolean> {
  const { holds } = await audit.store.facts(subject);
  return holds.some(
    ({ nodes, category, purpose }) => nodes === null && category === null && purpose === null,
  );
}
