/** Wires the rooms: the only room that knows them all. */
export type { AccessRecord } from "./access-log.ts";
export type { AuditFace } from "./audit-face.ts";
export type { ExportedNode, SubjectExport } from "./export.ts";
export { openOubli, openWith, type OpenOptions } from "./open.ts";
export type { ActorInput, Oubli, SubjectOptions } from "./oubli.ts";
export type {
  RecallOptions,
  RememberInput,
  RememberOptions,
  Session,
  SessionInput,
} from "./session.ts";
export { closeStores, foldersOf, openStores, type Folders, type Stores } from "./stores.ts";
export type { ConsentFace, Subject } from "./subject.ts";
export { openTestOubli, type TestClock } from "./testing.ts";
