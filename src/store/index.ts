/** Pays the ports that lower rooms declared. */
export * as postgres from "./postgres/index.ts";
export type { CountName, Inspection, OpenCase } from "./inspection.ts";
export { openAuditStore } from "./sqlite/audit-store.ts";
export { inspectFiles } from "./sqlite/inspect.ts";
export { openKeyStore } from "./sqlite/key-store.ts";
export { openMemoryStore } from "./sqlite/memory-store.ts";
export { openNotaryStore } from "./sqlite/notary-store.ts";
export { refuseLocked, sqliteRestorePlace } from "./sqlite/restore-place.ts";
export { sqliteSnapshots } from "./sqlite/snapshot.ts";
export { removeSnapshots } from "./sqlite/snapshot-folder.ts";
