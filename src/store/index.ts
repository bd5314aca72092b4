/** Pays the ports that lower rooms declared. */
export { openAuditStore } from "./sqlite/audit-store.ts";
export { openKeyStore } from "./sqlite/key-store.ts";
export { openMemoryStore } from "./sqlite/memory-store.ts";
export { openNotaryStore } from "./sqlite/notary-store.ts";
export { removeSnapshots, sqliteSnapshots } from "./sqlite/snapshot.ts";
