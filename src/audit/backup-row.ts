import type { BackupId, EpochMs } from "#kernel";

/** A copy that left the databases: of all three, or of the keys alone. */
export interface BackupRow {
  readonly id: BackupId;
  readonly scope: "full" | "keys";
  readonly madeAt: EpochMs;
  /** When it will have been destroyed. */
  readonly endsAt: EpochMs;
}

/** Copies that were made, have not been reported destroyed, and whose end has not come. */
export interface OutstandingBackups {
  readonly count: number;
  /** When the last of them ends; `null` where there is none. */
  readonly until: EpochMs | null;
  /** Those that end last, as many as were asked for. */
  readonly rows: readonly BackupRow[];
}
