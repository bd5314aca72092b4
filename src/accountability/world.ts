import type { EpochMs, Word } from "#kernel";
import type { MemoryWorld } from "#memory";

/** What accounts are given of: one region's policy, log, keys and nodes. */
export interface AccountabilityWorld extends MemoryWorld {
  /** The application's other systems that hold data of the same people. */
  readonly systems: readonly System[];
}

/** Another system of the application, as it was declared. */
export interface System {
  readonly name: string;
  readonly region: string | null;
  /** A registered processor, where it is somebody else's. */
  readonly processor: string | null;
  /** How long its own backups last: an ISO 8601 duration. */
  readonly backupsEnd: string | null;
}

/** When, where and under which policy an account was given. */
export interface Account {
  readonly madeAt: EpochMs;
  readonly region: Word;
  /** The digest of the policy that it was read from. */
  readonly policy: Word;
}
