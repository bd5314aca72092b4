import { auditSchema } from "./audit-schema.ts";
import { keySchema } from "./key-schema.ts";
import { memorySchema } from "./memory-schema.ts";
import { notarySchema } from "./notary-schema.ts";

/** Every schema of a region; each may stand in a database of its own. */
export const SCHEMAS = [auditSchema, keySchema, memorySchema, notarySchema] as const;
