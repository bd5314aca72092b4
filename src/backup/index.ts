/** Backups of a region's databases, and what a restore checks before it touches anything. */
export { appendTail, type ReadExport, type TailSizes } from "./append-tail.ts";
export { MANIFEST, type ArchiveWriter } from "./archive.ts";
export { chooseBackups, type Chosen } from "./choose.ts";
export { endBackup, listBackups } from "./end-backup.ts";
export { folderWriter } from "./folder.ts";
export { keepNewest } from "./keep-newest.ts";
export { forkNotary, originsOf, recordFork, type ForkedLog, type Origins } from "./fork.ts";
export {
  ledgerSize,
  makeBackup,
  type BackupCall,
  type BackupScope,
  type MadeBackup,
} from "./make-backup.ts";
export {
  DATABASES,
  type DatabaseName,
  type Moment,
  type Snapshots,
  type SnapshotSource,
} from "./snapshot-source.ts";
export type { SnapshotTarget, StagedStores } from "./snapshot-target.ts";
export { stageBackup, type BackupSource, type StagedBackup } from "./stage.ts";
export { readTar, tarWriter, type ByteSink } from "./tar.ts";
export type { BackupWorld } from "./world.ts";
