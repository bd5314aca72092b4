import type { LogCheck } from "#audit";
import type { BackupSource, DatabaseName, ForkedLog, TailSizes } from "#backup";
import type { Clock, Ids, Word } from "#kernel";

import type { ActorInput } from "../options.ts";

/** An erasure of the lost tail: of a whole person, or of some of their memories. */
export interface LostErasure {
  readonly subject: string;
  readonly nodes?: readonly string[] | undefined;
}

export interface RestoreOptions {
  /** A backup's folder, a folder of backups, or a tar stream. */
  readonly from: BackupSource;
  /** A newer snapshot of the keys. Default: the newest that lies beside the backup. */
  readonly keys?: string | undefined;
  /** Which databases. Default: all that the backup has. The others stay as they are. */
  readonly only?: readonly DatabaseName[] | undefined;
  /** Puts the backup in the place of what is there. */
  readonly replace?: boolean | undefined;
  /** A folder of `audit export`: the tail of the logs that the backup does not have. */
  readonly ledger?: string | undefined;
  /** Gives the lost tail up. Its erasures are listed, and carried out again. */
  readonly fork?: { readonly reason: string; readonly erased: readonly LostErasure[] } | undefined;
  /**
   * An administrator's `postgres://` address, for a region on a server: a restore makes schemas.
   * Default: the store's own address.
   */
  readonly admin?: string | undefined;
  readonly actor?: ActorInput | undefined;
  readonly region?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly ids?: Ids | undefined;
}

/** Somebody who came from another region in the lost tail, and of whom nothing can be had back. */
export interface LostArrival {
  readonly subject: string;
  readonly tenant: string;
  readonly from: string;
}

export interface Restored {
  readonly backup: string;
  /** Entries that the backup's ledger had. */
  readonly ledger: number;
  /** The backup that the keys came from. */
  readonly keys: string;
  /** Backups of the folder that are not ours, or whose manifest is none: they were passed over. */
  readonly passedOver: number;
  readonly databases: readonly DatabaseName[];
  /** Entries that came back from the exported logs. */
  readonly tail: TailSizes;
  /** What was given up; `null`: nothing. */
  readonly forked: readonly ForkedLog[] | null;
  /** Ledger entries whose destruction was done again. */
  readonly replayed: number;
  /** Erasures of the lost tail that were carried out again, and those of nobody who is here. */
  readonly erased: { readonly done: number; readonly absent: number };
  /** People who went to another region in the lost tail: erased here, where they were. */
  readonly departed: number;
  /** Who came from another region in it: those who are known again, and those who are lost. */
  readonly arrivals: { readonly again: number; readonly lost: readonly LostArrival[] };
  readonly logs: readonly LogCheck[];
  readonly region: Word;
}
