import type { Schema } from "./schema.ts";

/** Where a table's rows stand in a Citus cluster. */
export type Standing =
  | {
      /** The column that says on which shard a row stands. */
      readonly by: string;
      /** The table whose rows with an equal column stand on the same node; `null`: on its own. */
      readonly beside: string | null;
    }
  /** A whole copy on every node: read there, written everywhere. */
  | "copied";

export type DistributedSchema = Exclude<Schema["name"], keyof typeof UNDIVIDED>;

const beside = (table: string): Standing => ({ by: "subject_id", beside: table });

/** Schemas that stay whole, each in one database, and why. */
export const UNDIVIDED = {
  audit: "an append compares a gate and swaps a head in one commit: over two nodes it would be two",
  notary: "a row a log",
} as const;

/** Every table of the schemas that are distributed. A test compares it with a live catalog. */
export const DISTRIBUTION: Readonly<Record<"memory" | "keys", Readonly<Record<string, Standing>>>> =
  {
    memory: {
      node: { by: "subject_id", beside: null },
      derivation: beside("node"),
      session: beside("node"),
      idempotency: beside("node"),
      subject_change: beside("node"),
      subject_fence: beside("node"),
      // Every insert reads it and it says of nobody whose it was; only erasures write to it.
      replay_fence: "copied",
      applied: "copied",
      migration: "copied",
    },
    keys: {
      subject_key: { by: "subject_id", beside: null },
      node_key: beside("subject_key"),
      key_fence: beside("subject_key"),
      evidence_key: beside("subject_key"),
      directory: beside("subject_key"),
      // Found before it is known whose it is.
      lookup: { by: "lookup", beside: null },
      // Nobody's rows: a case outlives whom it is about.
      case_key: { by: "case_id", beside: null },
      // A row a week; a row a tenant.
      epoch_key: "copied",
      tag_key: "copied",
      applied: "copied",
      migration: "copied",
    },
  };

export function isDistributed(name: Schema["name"]): name is DistributedSchema {
  return !(name in UNDIVIDED);
}
