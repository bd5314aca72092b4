/** Wires the rooms: the only room that knows them all. */
export { addressesOf } from "./addresses.ts";
export type { AccountabilityFace } from "./accountability-face.ts";
export type { AnalyticsFace } from "./analytics-face.ts";
export type { AuditFace } from "./audit-face.ts";
export type { BackupOptions } from "./backup-face.ts";
export type { BreachFace, IncidentReport, IncidentUpdate } from "./breach-face.ts";
export type { ScopeAsked } from "./breach-scope.ts";
export type { ExportedNode, SubjectExport } from "./export.ts";
export type { ErasedListener } from "./erased-events.ts";
export { openOubli, openWith, type DeriverAt, type OpenOptions } from "./open.ts";
export { openPlace, urlsOf } from "./open-place.ts";
export { withoutUnsound } from "./given-sources.ts";
export { refuseGiven } from "./refuse-given.ts";
export type {
  ActorInput,
  ListOptions,
  MemoryFields,
  Message,
  RecallOptions,
  RememberInput,
  RememberOptions,
  SessionInput,
  SubjectConsent,
  SubjectOptions,
} from "./options.ts";
export type { Oubli } from "./oubli.ts";
export type { KeepOptions, PackageOptions } from "./package-face.ts";
export { worldOf } from "./world-of.ts";
export type { EngineWorld } from "./world.ts";
export type { LostArrival, LostErasure, Restored, RestoreOptions } from "./restore/options.ts";
export { restoreOubli } from "./restore/restore.ts";
export type { Session } from "./session.ts";
export type { OwnRequestsFace } from "./own-requests-face.ts";
export type { RequestCursor, RequestPage, RequestsFace } from "./requests-face.ts";
export type { RetentionFace, RetentionRules, RunAsked } from "./retention-face.ts";
export type { RetentionOptions } from "./retention-options.ts";
export { openRegions } from "./regions/open-regions.ts";
export type { Peers } from "./regions/peers.ts";
export { isOutage } from "./regions/region.ts";
export {
  closeStores,
  foldersOf,
  isOnFiles,
  openStores,
  rootOf,
  type Folders,
  type RootPlace,
  type Stores,
  type StoreUrls,
} from "./stores.ts";
export type { ConsentFace, Subject } from "./subject.ts";
export type { TransferDone, TransferFace, TransferOptions } from "./transfer-face.ts";
export type { SourceInfo } from "./sources-face.ts";
export { openTestOubli, type TestClock } from "./testing.ts";
