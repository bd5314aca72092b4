import type { Removed, Residue } from "#memory";

/** What became of one place where data were. Never better than what was looked at. */
export type SurfaceResult = "removed" | "invalidated" | "deferred" | "not-tested";

/** One place where data were, and what an independent look found there afterwards. */
export interface Surface {
  readonly surface: SurfaceName;
  readonly result: SurfaceResult;
  /** Rows or keys that were removed. */
  readonly removed: number;
  /** What the probe still found; `null` when nothing could be looked at. */
  readonly found: number | null;
}

export type SurfaceName =
  | "keys"
  | "key-log"
  | "nodes"
  | "embeddings"
  | "derivations"
  | "sessions"
  | "idempotency"
  | "directory"
  | "working-set"
  | "backups"
  /** Other systems: their certificate is another one. */
  | "targets";

/** Each table's removals beside what the probe still finds in it. */
export function tableSurfaces(removed: Removed, residue: Residue): readonly Surface[] {
  const tables = ["nodes", "embeddings", "derivations", "sessions", "idempotency"] as const;
  return tables.map((surface) => ({
    surface,
    result: "removed",
    removed: removed[surface],
    found: residue[surface],
  }));
}

/** Whether nothing is left anywhere that was looked at. */
export function isClean(surfaces: readonly Surface[]): boolean {
  return surfaces.every(({ found }) => found === null || found === 0);
}

/**
 * What a certificate of this store cannot speak for. Signed with it.
 *
 * @source the file root provider: a medium may keep old blocks after an overwrite
 */
export const LIMITATIONS = ["medium-may-keep-old-blocks", "process-memory-not-zeroed"] as const;
