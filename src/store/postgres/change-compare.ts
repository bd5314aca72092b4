import type { Append } from "#audit";

import { EVERY_SUBJECT, type Call, type Database } from "./database.ts";
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
 *
 * A restore puts another schema in place, in which a number may come round again. So the schema's own
 * number is compared with them.
 */

/** What appends compare change numbers with. */
export type ChangeCompare = Awaited<ReturnType<typeof openChangeCompare>>;

export async function openChangeCompare(database: Database, region: string) {
  const memory = schemaName(region, memorySchema);
  const audit = schemaName(region, { name: "audit" });
  const here = {
    text: "SELECT to_regnamespace($1)::oid::text AS number",
    values: [quoteName(memory)],
  };
  const [opened] = await database.read<{ number: string }>(EVERY_SUBJECT, here);
  // One look into the index for each, whatever the server knows of the table. The role goes back
  // with the row that is answered: what was to be read under the other one is read by then.
  const text = `
    SELECT set_config('oubli.changes', to_regnamespace($3)::oid::text || ':' ||
      string_agg(coalesce((
        SELECT change FROM ${quoteName(memory)}.subject_change
        WHERE subject_id = asked.subject_id), 0)::text, ',' ORDER BY at), true) AS changes,
      set_config('role', $2, true) AS role
    FROM unnest($1::text[]) WITH ORDINALITY AS asked (subject_id, at)`;
  return {
    memory,
    /** Numbers of items as they are compared; `null` where none of them compares any. */
    expected(items: readonly Append[]): string | null {
      const compared = comparing(items);
      if (compared.length === 0) return null;
      return `${opened!.number}:${compared.map(({ check }) => check!.change).join(",")}`;
    },
    /** Which of them rest on a number that is not the one read. */
    moved(items: readonly Append[], changes: unknown): ReadonlySet<Append> {
      const compared = comparing(items);
      if (compared.length === 0) return new Set();
      const [schema, numbers] = String(changes).split(":");
      const read = numbers!.split(",").map(Number);
      const same = schema === opened!.number;
      return new Set(compared.filter(({ check }, at) => !same || check!.change !== read[at]));
    },
    takeMemory: { text: "SELECT set_config('role', $1, true)", values: [memory] } as Call,
    /**
     * What stands before an append, as the memory role; its `changes` are as `expected`. `null` where
     * none of the items compares any.
     */
    read(items: readonly Append[]): Call | null {
      const subjects = comparing(items).map(({ check }) => check!.subject);
      return subjects.length === 0 ? null : { text, values: [subjects, audit, quoteName(memory)] };
    },
  };
}

/** Those of them that rest on a change number. */
const comparing = (items: readonly Append[]): readonly Append[] =>
  items.filter(({ check }) => check?.change !== undefined);
