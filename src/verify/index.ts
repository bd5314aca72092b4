/**
 * Checks proofs, certificates and exported logs without trusting who made them.
 *
 * This room imports nothing and needs only WebCrypto, so that it runs in a browser, and can be
 * read in one sitting.
 */
export * from "./backup-manifest.ts";
export * from "./certificate.ts";
export * from "./check-log.ts";
export { parseCheckpoint, verifyCheckpoint } from "./checkpoint.ts";
export type { Checkpoint, CheckpointFault, CheckpointResult } from "./checkpoint.ts";
export * from "./consistency-proof.ts";
export * from "./inclusion-proof.ts";
export * from "./package-manifest.ts";
export { leafHash, nodeHash, rootOfEntries, treeRoot } from "./merkle.ts";
export * from "./signed-note.ts";
export * from "./tiles.ts";
export * from "./tlog-proof.ts";
export { parseVerifierKey, type VerifierKey } from "./verifier-key.ts";
export type { Bytes } from "./bytes.ts";
export type { Json, JsonObject } from "./canonical-json.ts";
