import type { MemoryStore } from "#memory";

import { openCarriedInsert } from "./carried-insert.ts";
import { changeReads } from "./change-statements.ts";
import { EVERY_SUBJECT, openDatabase, type Database, type PostgresPlace } from "./database.ts";
import { derivationReads } from "./derivation-statements.ts";
import { inventoryRead } from "./inventory-statement.ts";
import { memoryFences } from "./memory-fence-statements.ts";
import { memoryListing } from "./memory-list-statements.ts";
import { memoryPurge } from "./memory-purge.ts";
import { memoryReads } from "./memory-read-statements.ts";
import { memoryResidue } from "./memory-residue.ts";
import { memorySchema } from "./memory-schema.ts";
import { memorySessions } from "./memory-session-statements.ts";
import { memoryWrites } from "./memory-write-statements.ts";

/**
 * The memory database of one region in one PostgreSQL schema.
 *
 * Limits: a removed row's bytes stay in its page until VACUUM has been there and something is
 * written over them, and in the server's own log until that file is used again. The application's
 * role can do neither, and no command would end the second. What is sealed in them has no key any
 * more.
 */
export async function openMemoryStore(
  place: PostgresPlace & { readonly carries?: boolean },
): Promise<MemoryStore> {
  const database = await openDatabase({ ...place, schema: memorySchema });
  const carried = place.carries === true ? await openCarriedInsert(database, place.region) : null;
  return {
    ...(carried ? { carried } : {}),
    ...changeReads(database),
    ...memoryWrites(database),
    ...memoryReads(database),
    ...memoryListing(database),
    ...inventoryRead(database),
    ...derivationReads(database),
    ...memorySessions(database),
    ...memoryFences(database),
    ...memoryPurge(database),
    ...memoryResidue(database),
    ...appliedStatements(database),
    scrub: async () => "deferred",
    close: () => database.close(),
  };
}

function appliedStatements(database: Database) {
  return {
    async appliedLedgerIndex(): Promise<number> {
      const text = "SELECT ledger_index AS index FROM applied";
      const [row] = await database.read<{ index: number }>(EVERY_SUBJECT, { text, values: [] });
      return row!.index;
    },
    async setAppliedLedgerIndex(index: number): Promise<void> {
      const text = "UPDATE applied SET ledger_index = $1 WHERE ledger_index < $1";
      await database.write(EVERY_SUBJECT, [{ text, values: [index] }]);
    },
  };
}
