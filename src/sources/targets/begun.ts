import { loadCase } from "#cases";
import type { SubjectId, Word } from "#kernel";

import type { SourcesWorld } from "../world.ts";
import { targetsReports } from "./report.ts";
import { stageOf } from "./stage.ts";
import type { TargetsCase, TargetsFile } from "./targets-case.ts";

/** More erasures of one person are not looked through. */
const LOOKED_MAX = 100;

/**
 * The newest erasure of a person that came to be, as far as it has come in the other systems; `null`:
 * none went there. What a hold kept of it goes on under this case: it alone has their names.
 */
export async function begunTargets(
  world: SourcesWorld,
  { tenant, subject }: { readonly tenant: Word; readonly subject: SubjectId },
): Promise<TargetsCase | null> {
  for (const { case: id } of await targetsReports(world, { tenant, subject, limit: LOOKED_MAX })) {
    const row = await loadCase<TargetsFile>(world, { tenant, kind: "targets", id });
    if ((await stageOf(world, row)) === "executed") return row;
  }
  return null;
}
