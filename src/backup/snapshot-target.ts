import type { AuditStore } from "#audit";
import type { Word } from "#kernel";
import type { KeyStore } from "#keys";
import type { MemoryStore } from "#memory";

import type { DatabaseName } from "./snapshot-source.ts";

/** Databases that were staged, open. */
export interface StagedStores {
  readonly memory: MemoryStore | null;
  readonly keys: KeyStore | null;
  readonly audit: AuditStore | null;
}

/**
 * Where a restore puts a region's databases. What comes in is staged aside first: until
 * {@link commit}, whatever goes wrong, the place is as it was.
 */
export interface SnapshotTarget {
  readonly engine: Word;
  /** `locked`: a restore began to change it, and did not end. */
  state(): Promise<"empty" | "occupied" | "locked">;
  /** Takes in what {@link SnapshotSource} of the same engine gave. */
  stage(database: DatabaseName, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * Opens what was staged, and brings its schema up to date.
   *
   * @throws {OubliError} `SCHEMA_NEWER`; `STORE_DAMAGED` for what is no such database.
   */
  open(): Promise<StagedStores>;
  /** Lets keys and memories say that they have applied no more than this of the ledger. */
  lowerApplied(ledgerIndex: number): Promise<void>;
  /**
   * Locks the place and puts what was staged there, for good. A crash before `note` is written
   * leaves it locked, and a restore begins anew; after it, a restore goes on from there.
   *
   * @throws {OubliError} `STORE_BUSY` while another process has the store open.
   */
  commit(note: string): Promise<void>;
  /** The note of a restore that put everything in place and did not end; else `null`. */
  placed(): Promise<string | null>;
  /** The last step of a restore: from here on the store opens. */
  unlock(): Promise<void>;
  /** Removes what was staged. */
  discard(): Promise<void>;
}
