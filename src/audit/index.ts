/** The ledger and the access logs, what gates reads, group commit, checkpoints and proofs. */
export * from "./appender.ts";
export * from "./audit-store.ts";
export type * from "./backup-row.ts";
export * from "./check-log.ts";
export * from "./checkpoints.ts";
export * from "./entry.ts";
export { nodesDigest } from "./ledger-story.ts";
export * from "./log-names.ts";
export * from "./log.ts";
export {
  leafHash,
  rootOf,
  appendLeaf,
  headAt,
  inclusionProof,
  consistencyProof,
  nodeHash,
  TILE_WIDTH,
} from "./merkle.ts";
export * from "./notary.ts";
export * from "./parts.ts";
export * from "./prune.ts";
export type * from "./replay-fence.ts";
export * from "./signed-note.ts";
export * from "./stored-entries.ts";
export * from "./subject-facts.ts";
export { effectsOf, type TailContext } from "./tail-effects.ts";
export * from "./tiles.ts";
