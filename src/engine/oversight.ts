import { OubliError, word, type Acting, type Actor, type Word } from "#kernel";
import type { Role } from "#policy";

import type { EngineWorld } from "./world.ts";

/** Who runs this: certificates rest on what they say of copies. Not an agent, nor who only watches. */
export const OPERATORS: readonly Role[] = ["app", "privacy-officer"];

/** Who may act for the controller, and who may look. */
export const OFFICER: readonly Role[] = ["privacy-officer"];
export const OVERSEERS: readonly Role[] = ["privacy-officer", "auditor"];

export function has({ roles }: Actor, role: Role): boolean {
  return roles.some((one) => (one as string) === role);
}

/**
 * For acts about no single person. A refusal is written to the log before it is thrown, like every
 * other.
 *
 * @param verb What was asked for, as a code of ours: it stands in the log.
 * @throws {OubliError} `POLICY_REFUSED`.
 */
export async function refuseUnless(
  { audit, region, ids }: EngineWorld,
  { tenant, actor }: Acting,
  verb: string,
  roles: readonly Role[],
): Promise<void> {
  if (roles.some((role) => has(actor, role))) return;
  const why = { guard: word("role"), reason: word("role-may-not") };
  await audit.record({
    t: "deny",
    tenant,
    region,
    actor,
    subject: null,
    session: ids.next("session"),
    facts: { decision: word("refused"), verb: verb as Word, ...why, purpose: null },
  });
  throw new OubliError("POLICY_REFUSED", why);
}
