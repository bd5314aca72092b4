import { loggedAt, readEntry, type Draft, type Logged, type Loggable } from "#audit";
import {
  ALL_TENANTS,
  canonicalBytes,
  isCode,
  type Actor,
  type EpochMs,
  type Json,
  type Word,
} from "#kernel";

import { noticeDigest, noticeFacts, sha256, statementsOf } from "./notice-facts.ts";
import type { AccountabilityWorld } from "./world.ts";

/** A notice that was published. */
export interface PublishedNotice {
  readonly version: Word;
  readonly digest: Word;
  readonly at: EpochMs;
  /** Its entry in the ledger: the last, where it took several. */
  readonly index: number;
}

/** A statement that the published notice and the live configuration do not share. */
export interface Difference {
  /** Where it stands in the facts: `purposes.support.retention`. */
  readonly what: string;
  readonly change: "added" | "removed" | "changed";
  /** Codes and numbers as they are; a text by its SHA-256. */
  readonly published: Json;
  readonly live: Json;
}

export interface Drift {
  /** `null`: none was ever published. */
  readonly published: PublishedNotice | null;
  /** The digest of what a notice would have to say now. */
  readonly digest: Word;
  readonly differences: readonly Difference[];
}

/** An entry has 65,535 bytes, and says more than these. */
const STATEMENT_BYTES = 40_000;

/**
 * Writes down that people are told these facts, under a version. The ledger keeps each statement:
 * codes and numbers as they are, texts as digests.
 *
 * @source GDPR Art. 5(2), 13
 */
export async function publishNotice(
  world: AccountabilityWorld,
  { actor, version }: { readonly actor: Actor; readonly version: Word },
): Promise<Logged & { readonly digest: Word }> {
  const facts = noticeFacts(world.policy);
  const digest = noticeDigest(facts);
  const parts = inParts([...statementsOf(facts)]);
  const drafts = parts.map((says, part): Draft => {
    const numbered = parts.length === 1 ? {} : { part, parts: parts.length };
    return {
      t: "notice.published",
      // One configuration rules all controllers of a region, and so does what it has to say.
      tenant: ALL_TENANTS,
      region: world.region,
      actor,
      subject: null,
      facts: { version, digest, says, ...numbered },
    };
  });
  const done = await world.audit.record(drafts);
  if (done.status === "stale") throw new Error("a notice has no gate");
  return { digest, ...loggedAt(done) };
}

/** What the live configuration says otherwise than the notice that was published last. */
export async function drift(world: AccountabilityWorld): Promise<Drift> {
  const facts = noticeFacts(world.policy);
  const digest = noticeDigest(facts);
  const last = await lastPublished(world);
  if (last === null) return { published: null, digest, differences: [] };
  const { says, ...published } = last;
  const live = new Map([...statementsOf(facts)].map(([what, value]) => [what, shown(value)]));
  const paths = [...new Set([...live.keys(), ...says.keys()])].toSorted();
  const differences = paths.flatMap((what) => {
    const one = { what, published: says.get(what) ?? null, live: live.get(what) ?? null };
    const same = says.has(what) && live.has(what) && sha256(one.published) === sha256(one.live);
    if (same) return [];
    const change = !says.has(what) ? "added" : !live.has(what) ? "removed" : "changed";
    return [{ ...one, change } as const];
  });
  return { published, digest, differences };
}

async function lastPublished({ audit: { store } }: AccountabilityWorld) {
  const last = await store.lastEntry("ledger", "notice.published");
  if (last === null || last.bytes === null) return null;
  const entry = readEntry(last.bytes);
  const parts = (entry["parts"] as number | undefined) ?? 1;
  const from = last.index - parts + 1;
  const says = new Map<string, Json>();
  for (const { bytes } of await store.entries("ledger", { from, limit: parts })) {
    const part = bytes === null ? {} : (readEntry(bytes)["says"] as Record<string, Json>);
    for (const [what, value] of Object.entries(part)) says.set(what, value);
  }
  const [version, digest] = [entry["version"] as Word, entry["digest"] as Word];
  return { version, digest, at: entry.ts, index: last.index, says };
}

function inParts(statements: readonly (readonly [string, Json])[]) {
  const parts: Record<string, Loggable>[] = [{}];
  let bytes = 0;
  for (const [what, value] of statements) {
    const says = shown(value);
    const size = what.length + canonicalBytes(says).length;
    if (bytes + size > STATEMENT_BYTES) {
      parts.push({});
      bytes = 0;
    }
    parts.at(-1)![what] = says as Loggable;
    bytes += size;
  }
  return parts;
}

/** Only codes, days, durations and numbers may stand in the ledger for good. */
const PLAIN = /^[A-Z]{2,3}$|^P[0-9YMWD]{1,20}$|^\*$/;

function shown(value: Json): Json {
  if (Array.isArray(value)) return value.every(isPlain) ? (value as Json) : hashed(value as Json);
  return isPlain(value) ? value : hashed(value);
}

function isPlain(value: Json): boolean {
  if (typeof value === "number") return Number.isSafeInteger(value);
  return typeof value !== "string" || isCode(value) || PLAIN.test(value);
}

function hashed(value: Json): Json {
  return `sha256-${sha256(value)}`;
}
