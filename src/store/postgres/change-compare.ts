import type { Append } from "#audit";

import type { Call } from "./database.ts";
import { memorySchema } from "./memory-schema.ts";
import { quoteName, schemaName } from "./schema.ts";

/*
 * Where the memory schema stands in the same database, under the same login, an append compares
 * change numbers in its own transaction: a recall need not ask for them beforehand.
 *
 * Why it is safe: each statement of a batch has a snapshot of its own, taken when it begins, so
 * after the recall did. An insert that was acknowledged before the recall is in that snapshot, and
 * its number is not the one of a set that lacks it. The numbers are read under the memory role,
 * which the transaction takes for that one statement; the audit role sees nothing of memory.
 */

/** What appends compare change numbers with; `null` where memory stands elsewhere. */
export type ChangeCompare = ReturnType<typeof createChangeCompare>;

export function createChangeCompare(region: string) {
  const memory = schemaName(region, memorySchema);
  const audit = schemaName(region, { name: "audit" });
  // One look into the index for each, whatever the server knows of the table. The role goes back
  // with the row that is answered: what was to be read under the other one is read by then.
  const text = `
    SELECT set_config('oubli.changes', string_agg(coalesce((
        SELECT change FROM ${quoteName(memory)}.subject_change
        WHERE subject_id = asked.subject_id), 0)::text, ',' ORDER BY at), true) AS changes,
      set_config('role', $2, true) AS role
    FROM unnest($1::text[]) WITH ORDINALITY AS asked (subject_id, at)`;
  return {
    memory,
    takeMemory: { text: "SELECT set_config('role', $1, true)", values: [memory] } as Call,
    /**
     * What stands before an append, as the memory role; its `changes` are as
     * {@link expectedChanges}. `null` where none of the items compares any.
     */
    read(items: readonly Append[]): Call | null {
      const subjects = comparing(items).map(({ check }) => check!.subject);
      return subjects.length === 0 ? null : { text, values: [subjects, audit] };
    },
  };
}

/** Those of them that rest on a change number. */
export const comparing = (items: readonly Append[]): readonly Append[] =>
  items.filter(({ check }) => check?.change !== undefined);

/** Their numbers as the server writes them; `null` when none compares any. */
export function expectedChanges(items: readonly Append[]): string | null {
  const compared = comparing(items);
  return compared.length === 0 ? null : compared.map(({ check }) => check!.change).join(",");
}

/** Which of them rest on a number that is no longer the one read. */
export function movedSince(items: readonly Append[], changes: unknown): ReadonlySet<Append> {
  const compared = comparing(items);
  if (compared.length === 0) return new Set();
  const read = String(changes).split(",").map(Number);
  return new Set(compared.filter(({ check }, at) => check!.change !== read[at]));
}
