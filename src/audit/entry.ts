import assert from "node:assert/strict";

import {
  canonicalBytes,
  LIMITS,
  OubliError,
  utf8Text,
  type Actor,
  type Clock,
  type EpochMs,
  type Id,
  type Ids,
  type SessionId,
  type SubjectId,
  type Word,
} from "#kernel";

import { accessLogOf, type LogName } from "./log-names.ts";

/** Which log an act stands in: the ledger, or an access log. */
export const ENTRY_LOGS = {
  retrieve: "access",
  deny: "access",
  export: "access",
  remember: "access",
  link: "access",
  disclose: "access",
  "disclose.failed": "access",
  "retention.run": "access",
  admin: "access",
  "request.read": "access",
  "consent.grant": "ledger",
  "consent.withdraw": "ledger",
  "consent.evidence-end": "ledger",
  restrict: "ledger",
  "restrict.lift": "ledger",
  "hold.place": "ledger",
  "hold.release": "ledger",
  "correct.intent": "ledger",
  "correct.executed": "ledger",
  "correct.aborted": "ledger",
  "erase.intent": "ledger",
  "erase.executed": "ledger",
  "erase.final": "ledger",
  "transfer.intent": "ledger",
  "transfer.expected": "ledger",
  "transfer.in": "ledger",
  "transfer.out": "ledger",
  "transfer.aborted": "ledger",
  "transfer.lost": "ledger",
  "key.epoch": "ledger",
  "target.intent": "ledger",
  "target.done": "ledger",
  "target.failed": "ledger",
  "targets.settled": "ledger",
  "source.exported": "ledger",
  "tombstone.made": "ledger",
  "tombstone.checked": "ledger",
  "analytics.published": "ledger",
  prune: "ledger",
  "retention.batch": "ledger",
  "backup.made": "ledger",
  "backup.ended": "ledger",
  restore: "ledger",
  fork: "ledger",
  "record.made": "ledger",
  "accounting.made": "ledger",
  incident: "ledger",
  notice: "ledger",
  "notice.published": "ledger",
  "posture.run": "ledger",
  request: "ledger",
  package: "ledger",
  config: "ledger",
} as const satisfies Record<string, "access" | "ledger">;

export type EntryType = keyof typeof ENTRY_LOGS;

/**
 * What may stand in an entry. Not `string`: text that a caller or a person wrote never reaches the
 * log, only ids, numbers and words of the code or the configuration.
 */
export type Loggable =
  | null
  | boolean
  | number
  | Id
  | Word
  | readonly Loggable[]
  | { readonly [key: string]: Loggable | undefined };

/** An entry before it has its time, id and salt. */
export interface Draft {
  readonly t: EntryType;
  readonly tenant: Word;
  readonly region: Word;
  readonly actor: Actor;
  readonly subject: SubjectId | null;
  readonly session?: SessionId;
  readonly facts: { readonly [key: string]: Loggable | undefined };
}

/** Where a draft belongs in a store with these logs. */
export function logOf(
  { t, subject }: Pick<Draft, "t" | "subject">,
  logs: readonly LogName[],
): LogName {
  return ENTRY_LOGS[t] === "ledger" ? "ledger" : accessLogOf(subject, logs);
}

/** An entry as it is hashed and stored: exactly these bytes, never written anew. */
export interface SealedEntry {
  readonly id: Id<"entry">;
  readonly type: EntryType;
  readonly ts: EpochMs;
  readonly subject: SubjectId | null;
  readonly bytes: Uint8Array;
}

/** Random bytes in every entry, so that a leaf hash which outlives its bytes confirms nothing. */
const SALT_BYTES = 16;

/**
 * Writes an entry's bytes: RFC 8785 JSON with integers only.
 *
 * @param in_.log Where it will stand. Default: its log in a store with one access log.
 * @throws {OubliError} `LIMIT_EXCEEDED` above 65,535 bytes: the caller splits its ids.
 * @source c2sp.org/tlog-tiles (entry bundles count lengths in 16 bits)
 */
export function sealEntry(
  draft: Draft,
  in_: { readonly clock: Clock; readonly ids: Ids; readonly log?: LogName },
): SealedEntry {
  const { clock, ids, log = ENTRY_LOGS[draft.t] } = in_;
  const id = ids.next("entry");
  const ts = clock.now();
  const { t, tenant, region, actor, subject, session, facts } = draft;
  assertIntegers(facts);
  const bytes = canonicalBytes({
    ...facts,
    v: 1,
    t,
    id,
    ts,
    log,
    tenant,
    region,
    actor: { id: actor.id, kind: actor.kind, roles: actor.roles },
    subject,
    session,
    salt: Buffer.from(ids.bytes(SALT_BYTES)).toString("base64url"),
  });
  if (bytes.length > LIMITS.entryBytesMax) {
    throw new OubliError("LIMIT_EXCEEDED", { bytes: bytes.length, max: LIMITS.entryBytesMax });
  }
  return { id, type: t, ts, subject, bytes };
}

/** A fraction is written in many ways elsewhere; an integer in one. */
function assertIntegers(value: Loggable | undefined): void {
  if (typeof value === "number") assert(Number.isSafeInteger(value), "entries hold integers only");
  if (typeof value !== "object" || value === null) return;
  if (isList(value)) for (const member of value) assertIntegers(member);
  else for (const key of Object.keys(value)) assertIntegers(value[key]);
}

function isList(value: object): value is readonly Loggable[] {
  return Array.isArray(value);
}

/** An entry as it is read back. */
export interface Entry {
  readonly v: 1;
  readonly t: EntryType;
  readonly id: Id<"entry">;
  readonly ts: EpochMs;
  readonly log: LogName;
  readonly tenant: Word;
  readonly region: Word;
  readonly actor: Actor;
  readonly subject: SubjectId | null;
  readonly session?: SessionId;
  readonly [fact: string]: unknown;
}

/** Reads bytes that this log wrote. */
export function readEntry(bytes: Uint8Array): Entry {
  return JSON.parse(utf8Text(bytes)) as Entry;
}

/** Reads bytes that may be gone, or not what this log wrote: `null` when they are no entry. */
export function tryReadEntry(bytes: Uint8Array | null): Entry | null {
  if (bytes === null) return null;
  try {
    const entry: unknown = readEntry(bytes);
    return typeof entry === "object" && entry !== null ? (entry as Entry) : null;
  } catch {
    return null;
  }
}
