import "./require-node.ts";

export type {
  AccountedDisclosure,
  Accounting,
  Difference,
  Drift,
  Inventory,
  NoticeFacts,
  RecordOfProcessing,
  RegisteredProcessor,
} from "#accountability";
export type { BackupRow, LogCheck, LogName, OutstandingBackups, RestrictionRow } from "#audit";
export type { MadeBackup } from "#backup";
export type { ConsentRecord } from "#consent";
export type { DisclosurePage, DisclosureRecord } from "#egress";
export { openOubli, restoreOubli } from "#engine";
export type {
  AccountabilityFace,
  ActorInput,
  AuditFace,
  BackupOptions,
  ConsentFace,
  DeriverAt,
  ErasedListener,
  ExportedNode,
  ListOptions,
  LostErasure,
  MemoryFields,
  Message,
  OpenOptions,
  Oubli,
  RecallOptions,
  RememberInput,
  RememberOptions,
  Restored,
  RestoreOptions,
  Session,
  SessionInput,
  Subject,
  SubjectConsent,
  SubjectExport,
  SubjectOptions,
  TransferDone,
  TransferFace,
  TransferOptions,
} from "#engine";
export type { Certificate, Corrected, ErasePlan, Hold, Surface } from "#erasure";
export {
  ERRORS,
  isOubliError,
  OubliError,
  type Actor,
  type BackupId,
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
  ccpa,
  defineConfig,
  gdpr,
  hipaa,
  lgpd,
  sb243,
  STANDARD_PURPOSES,
  type CategoryId,
  type ConfigInput,
  type Contact,
  type Controller,
  type OubliConfig,
  type Party,
  type Policy,
  type ProcessorInput,
  type PurposeInput,
  type TransferInput,
  type TransferMechanism,
} from "#policy";
export type { SweepReport } from "#retention";
export type { AccessRecord } from "#rights";
export type { Arrival, Authorisation } from "#transfer";
export type { CertificateResult } from "#verify";
