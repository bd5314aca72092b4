import "./require-node.ts";

export type { LogCheck, LogName, RestrictionRow } from "#audit";
export type { ConsentRecord } from "#consent";
export type { DisclosurePage, DisclosureRecord } from "#egress";
export { openOubli } from "#engine";
export type {
  AccessRecord,
  ActorInput,
  AuditFace,
  ConsentFace,
  DeriverAt,
  ErasedListener,
  ExportedNode,
  ListOptions,
  MemoryFields,
  Message,
  OpenOptions,
  Oubli,
  RecallOptions,
  RememberInput,
  RememberOptions,
  Session,
  SessionInput,
  Subject,
  SubjectConsent,
  SubjectExport,
  SubjectOptions,
} from "#engine";
export type { Certificate, Corrected, ErasePlan, Hold, Surface } from "#erasure";
export {
  ERRORS,
  isOubliError,
  OubliError,
  type Actor,
  type Detail,
  type Details,
  type EpochMs,
  type ErasureId,
  type ErrorCode,
  type HoldId,
  type NodeId,
  type RestrictionId,
  type SessionId,
  type SubjectId,
  type Word,
} from "#kernel";
export type {
  Deriver,
  Disclosed,
  Embedder,
  KeptBlock,
  ListCursor,
  ListPage,
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
  type CategoryId,
  type ConfigInput,
  type OubliConfig,
  type Policy,
  type ProcessorInput,
  type PurposeInput,
} from "#policy";
export type { SweepReport } from "#retention";
export type { CertificateResult } from "#verify";
