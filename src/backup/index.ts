/** Backups of a region's databases, and what a restore checks before it touches anything. */
export { MANIFEST, type ArchiveWriter } from "./archive.ts";
export { endBackup, listBackups } from "./end-backup.ts";
export { folderWriter } from "./folder.ts";
export { makeBackup, type BackupCall, type BackupScope, type MadeBackup } from "./make-backup.ts";
export {
  DATABASES,
  type DatabaseName,
  type Moment,
  type Snapshots,
  type SnapshotSource,
} from "./snapshot-source.ts";
export { readTar, tarWriter, type ByteSink } from "./tar.ts";
export type { BackupWorld } from "./world.ts";
