import { isOubliError, OubliError, word } from "#kernel";

import type { Database } from "./database.ts";
import { digestOf, type Schema } from "./schema.ts";

/** A step that has run, as the database knows it. */
export interface AppliedStep {
  readonly id: string;
  readonly digest: string;
}

/**
 * Compares the steps that ran with those that this version knows.
 *
 * @returns how many of them ran.
 * @throws {OubliError} `SCHEMA_NEWER` when more ran than are known; `STORE_DAMAGED` when one that
 *   ran is not the one that is known.
 */
export function countApplied(applied: readonly AppliedStep[], { migrations }: Schema): number {
  if (applied.length > migrations.length) {
    throw new OubliError("SCHEMA_NEWER", { found: applied.length, known: migrations.length });
  }
  for (const [at, { id, digest }] of applied.entries()) {
    const known = migrations[at]!;
    if (known.id !== id || digestOf(known) !== digest) {
      throw new OubliError("STORE_DAMAGED", { step: at + 1, expected: word("migration") });
    }
  }
  return applied.length;
}

/**
 * Refuses a database that is not ours to use: another schema, or a server that says `committed`
 * before anything is on its disk.
 *
 * @throws {OubliError} as {@link countApplied}; `SCHEMA_OLDER` when a step is still missing;
 *   `CONFIG_INVALID` where `fsync` is off.
 */
export async function assertUsable(database: Database, schema: Schema): Promise<void> {
  const text = "SELECT current_setting('fsync') AS fsync";
  const [row] = await database.read<{ fsync: string }>("*", { text, values: [] });
  if (row!.fsync !== "on") throw new OubliError("CONFIG_INVALID", { field: word("store.fsync") });
  const applied = await readApplied(database);
  const found = countApplied(applied, schema);
  const known = schema.migrations.length;
  if (found < known) throw new OubliError("SCHEMA_OLDER", { found, known });
}

const NO_TABLE = "42P01";

async function readApplied(database: Database): Promise<readonly AppliedStep[]> {
  try {
    const text = "SELECT id, digest FROM migration ORDER BY id";
    return await database.read<AppliedStep>("*", { text, values: [] });
  } catch (error) {
    if (isOubliError(error) && error.details["sqlstate"] === NO_TABLE) return [];
    throw error;
  }
}
