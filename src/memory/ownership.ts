import { readEntry } from "#audit";
import { OubliError, word, type SubjectId, type Word } from "#kernel";
import type { Verb } from "#policy";

import type { Caller, MemoryWorld } from "./world.ts";

/**
 * Lets a tenant reach its own subjects alone. Another tenant's subject and one that never was look
 * the same: a subject id that a caller has seen somewhere is no leave to use it.
 *
 * The refusal is logged, and names no subject: what others try leaves no trace in a person's log.
 *
 * @throws {OubliError} `NOT_FOUND`; `AUDIT_UNAVAILABLE`.
 */
export async function assertOwn(
  world: MemoryWorld,
  { tenant, actor, subject }: Caller,
  verb: Verb | null = null,
): Promise<void> {
  if ((await tenantOf(world, subject)) === tenant) return;
  await world.audit.record({
    t: "deny",
    tenant,
    region: world.region,
    actor,
    subject: null,
    facts: {
      decision: word("refused"),
      verb: verb as (Verb & Word) | null,
      guard: word("isolation"),
      reason: word("subject-unknown"),
      purpose: null,
    },
  });
  throw new OubliError("NOT_FOUND");
}

/** The tenant a subject belongs to, also once it is erased; `null` when there never was one. */
export async function tenantOf(
  { keyring, audit }: Pick<MemoryWorld, "keyring" | "audit">,
  subject: SubjectId,
): Promise<Word | null> {
  const tenant = await keyring.tenantOf(subject);
  if (tenant !== null) return tenant as Word;
  // Its key is gone: the ledger says who had it, at the latest in the intent of its erasure.
  const [first] = await audit.store.entries("ledger", { from: 0, limit: 1, subject });
  return first?.bytes ? readEntry(first.bytes).tenant : null;
}
