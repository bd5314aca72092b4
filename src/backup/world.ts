import type { EgressWorld } from "#egress";
import type { Actor, Ids } from "#kernel";

import type { SnapshotSource } from "./snapshot-source.ts";

/** Everything the backup room works with, of one region. */
export interface BackupWorld extends Omit<EgressWorld, "transfers"> {
  readonly ids: Ids;
  /** `null`: a store that has no snapshots, as one in memory. */
  readonly snapshots: SnapshotSource | null;
}

/** Who asks for it. */
export interface By {
  readonly actor: Actor;
}
