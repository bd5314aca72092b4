import { isOubliError, word, type ErrorCode, type Word } from "#kernel";
import { draft, type Caller } from "#memory";
import type { Verb } from "#policy";

import type { EngineWorld } from "./world.ts";

/** Refusals that come after the policy gave leave. What the policy refuses, it writes down itself. */
const LATE: readonly ErrorCode[] = [
  "NOT_FOUND",
  "ZERO_SCOPE",
  "HELD",
  "ERASURE_BLOCKED",
  "REPLAY_OF_ERASED",
  "TRANSFER_REFUSED",
];

/**
 * Runs a call, and writes a late refusal to the log before it is thrown: every refusal is there.
 *
 * @source docs/compliance/rows.md, A8
 */
export async function logged<T>(
  world: EngineWorld,
  caller: Caller,
  verb: Verb,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const code = LATE.find((late) => isOubliError(error, late));
    if (code !== undefined) {
      const facts = { decision: word("refused"), verb: verb as Word, reason: code as Word };
      await world.audit.record(draft(world, { caller, session: null }, "deny", facts));
    }
    throw error;
  }
}
