import type { LogName } from "#audit";
import type { Word } from "#kernel";

/** The databases of one region that are backed up. Never the root, never the notary. */
export const DATABASES = ["memory", "keys", "audit"] as const;

export type DatabaseName = (typeof DATABASES)[number];

/** What the three databases were at the moment of a snapshot. */
export interface Moment {
  /** How many steps each database's schema has. */
  readonly schemas: Readonly<Record<DatabaseName, number>>;
  readonly logs: readonly {
    readonly log: LogName;
    readonly size: number;
    readonly root: Uint8Array;
  }[];
  /** The key epoch whose root key opens the keys; 0: there is no key yet. */
  readonly epoch: number;
}

/** Copies of one moment, private to this process until they are read. */
export interface Snapshots extends AsyncDisposable {
  readonly moment: Moment;
  /** How many bytes {@link read} gives. An engine that cannot tell beforehand spools first. */
  size(database: DatabaseName): number;
  /** The engine's own chunks, which only the same engine loads again. Once for each database. */
  read(database: DatabaseName): AsyncIterable<Uint8Array>;
}

/**
 * What a backup needs from an engine: opaque chunks, one stream a database. What is in them is the
 * engine's own affair (a file of SQLite's, tables as PostgreSQL's COPY writes them); what they are
 * of is not.
 *
 * **One moment.** All three snapshots are of an instant at which no transaction was open in any of
 * them: the state that a crash at that instant would have left. Every act's order of writing makes
 * each such state safe (docs/ARCHITECTURE.md, "Orders of writing"), so a backup needs no argument
 * of its own: neither memory nor keys are ahead of the ledger, since each act appends first; each
 * visible row has its key, since keys come first; what was half done is redone at the next open.
 *
 * An engine that cannot fix one moment over several servers takes memory, then keys, then audit:
 * still no row without its key, and nothing ahead of the ledger. What it loses then is a memory
 * that was corrected in between: its old key is gone, its new row came too late.
 *
 * Whatever a snapshot holds, no page of it may be left from before: a key that was destroyed must
 * not lie in the free part of a page.
 */
export interface SnapshotSource {
  readonly engine: Word;
  /**
   * Fixes the moment; copies `wanted`.
   *
   * @throws {OubliError} `STORE_BUSY`, `STORE_FULL`, `STORE_UNAVAILABLE`.
   */
  take(wanted: readonly DatabaseName[]): Promise<Snapshots>;
}
