/** Stores in PostgreSQL schemas, and what makes those. */
export { openAuditStore } from "./audit-store.ts";
export { openKeyStore } from "./key-store.ts";
export { openMemoryStore } from "./memory-store.ts";
export { openNotaryStore } from "./notary-store.ts";
export { distribute, type Distributed } from "./distribute.ts";
export { inspectRows } from "./inspect-rows.ts";
export { inspect, type ServerFacts } from "./inspect.ts";
export { migrate, type Migrated } from "./migrate.ts";
export { SCHEMAS } from "./schemas.ts";
export { postgresRestorePlace, type RestoreAddresses } from "./restore-place.ts";
export { postgresSnapshots } from "./snapshot.ts";
export type { PostgresPlace } from "./database.ts";
