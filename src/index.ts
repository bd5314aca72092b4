import "./require-node.ts";

export { openOubli } from "#engine";
export type {
  AccessRecord,
  ActorInput,
  AuditFace,
  ConsentFace,
  ExportedNode,
  OpenOptions,
  Oubli,
  RecallOptions,
  RememberInput,
  RememberOptions,
  Session,
  SessionInput,
  Subject,
  SubjectExport,
  SubjectOptions,
} from "#engine";
export type { Certificate, Corrected, ErasePlan, Surface } from "#erasure";
export { ERRORS, isOubliError, OubliError, type ErrorCode } from "#kernel";
export type {
  Embedder,
  KeptBlock,
  Neighbour,
  RecalledNode,
  Recollection,
  Remembered,
  Why,
} from "#memory";
export {
  CATEGORIES,
  defineConfig,
  gdpr,
  hipaa,
  sb243,
  STANDARD_PURPOSES,
  type ConfigInput,
  type OubliConfig,
  type PurposeInput,
} from "#policy";
export type { SweepReport } from "#retention";
