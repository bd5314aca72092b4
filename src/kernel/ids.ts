import { randomFillSync } from "node:crypto";

declare const brand: unique symbol;

/** A random, opaque identifier. Its text says what it names (`node_…`) and nothing about a person. */
export type Id<Kind extends string = string> = string & { readonly [brand]: Kind };

export type SubjectId = Id<"subject">;
export type NodeId = Id<"node">;
export type SessionId = Id<"session">;
export type ErasureId = Id<"erasure">;
export type ConsentId = Id<"consent">;
export type HoldId = Id<"hold">;
export type RestrictionId = Id<"restriction">;
export type EntryId = Id<"entry">;
export type LeaseId = Id<"lease">;
export type BackupId = Id<"backup">;
export type CaseId = Id<"case">;

/** What an id of each kind starts with. */
export const ID_PREFIXES = {
  subject: "sub",
  node: "node",
  session: "ses",
  erasure: "era",
  consent: "con",
  hold: "hold",
  restriction: "res",
  entry: "ent",
  lease: "lease",
  backup: "bak",
  case: "case",
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

/** 128 random bits: no two ids ever meet, and none can be guessed. */
const ID_BYTES = 16;

const ID_SHAPE = /^[A-Za-z0-9_-]{22}$/;

/** Where new ids and salts come from. A test world may make them repeatable. */
export interface Ids {
  next<Kind extends IdKind>(kind: Kind): Id<Kind>;
  /** `length` random bytes: salts and nonces, never keys. */
  bytes(length: number): Uint8Array;
}

export const randomIds: Ids = {
  next<Kind extends IdKind>(kind: Kind) {
    return `${ID_PREFIXES[kind]}_${take(ID_BYTES).toString("base64url")}` as Id<Kind>;
  },
  bytes: (length) => new Uint8Array(take(length)),
};

// One call to the system's generator fills many ids: it costs more than the id itself.
const POOL_BYTES = 4096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Random bytes that nobody got before. A view on the pool: the caller copies it at once. */
function take(length: number): Buffer {
  if (length > POOL_BYTES) return randomFillSync(Buffer.alloc(length));
  if (used + length > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += length;
  return pool.subarray(used - length, used);
}

/** Whether `value` has the shape of an id of this kind; says nothing about whether it exists. */
export function isId<Kind extends IdKind>(kind: Kind, value: unknown): value is Id<Kind> {
  if (typeof value !== "string") return false;
  const prefix = `${ID_PREFIXES[kind]}_`;
  return value.startsWith(prefix) && ID_SHAPE.test(value.slice(prefix.length));
}
