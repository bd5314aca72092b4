import type { MemoryStore } from "#memory";

import { memoryInsertRules } from "./memory-insert-rules.ts";
import { memoryInventoryRules } from "./memory-inventory-rules.ts";
import { memoryPurgeRules } from "./memory-purge-rules.ts";
import { memoryReadRules } from "./memory-read-rules.ts";
import type { Rule } from "./rule.ts";

/** What every memory store promises, whatever database it stands on. */
export const memoryStoreRules: readonly Rule<MemoryStore>[] = [
  ...memoryInsertRules,
  ...memoryReadRules,
  ...memoryPurgeRules,
  ...memoryInventoryRules,
];
