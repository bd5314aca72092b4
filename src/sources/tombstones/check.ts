import { allCases, openFile, type CaseRow } from "#cases";
import {
  OubliError,
  word,
  type Actor,
  type CaseId,
  type EpochMs,
  type SubjectId,
  type Word,
} from "#kernel";

import { deadlineOf, inTime } from "../deadline.ts";
import { causeOf, Malformed } from "../failure.ts";
import { sourceOf } from "../known.ts";
import { RETURNED, whySpared } from "../returned.ts";
import type { Source } from "../source.ts";
import { callTarget, orderOf } from "../targets/call-target.ts";
import type { SourcesWorld } from "../world.ts";
import { openKey } from "./key.ts";
import {
  fingerprint,
  tombstoneIn,
  type KeyRef,
  type TombstoneFacts,
  type TombstoneFile,
} from "./tombstone-case.ts";

export interface TombstoneCheck {
  readonly target: Word;
  /** Erased people that were looked for. */
  readonly tombstones: number;
  /** Names that the target lists; those of anonymised rows are nobody's. */
  readonly looked: number;
  /** Of those erased, how many it holds again. */
  readonly found: number;
  /** Of those found, how many were erased again, and how many could not be yet. */
  readonly erased: number;
  readonly failed: number;
  /** Of those found, how many registered again since: they are here of their own will, and stay. */
  readonly returned: number;
}

export interface CheckOrder {
  readonly tenant: Word;
  readonly actor: Actor;
  readonly target: Word;
  /** Erases those who are found. Default: they are only counted. */
  readonly erase: boolean;
}

/**
 * Looks whether a restored backup has brought back whom a target had erased.
 *
 * @throws {OubliError} `NOT_FOUND` without such a source here; `INPUT_INVALID` for one that cannot
 *   say whom it holds; `SOURCE_FAILED`.
 */
export async function checkTombstones(
  world: SourcesWorld,
  order: CheckOrder,
): Promise<TombstoneCheck> {
  const { tenant, actor, target } = order;
  const source = sourceOf(world, tenant, target);
  if (source === undefined) throw new OubliError("NOT_FOUND");
  if (source.identities === undefined) {
    const accepted = word("a source that lists its identities");
    throw new OubliError("INPUT_INVALID", { field: word("target"), given: target, accepted });
  }
  const graves = await tombstonesOf(world, tenant, target);
  const counts = { looked: 0, found: 0, erased: 0, failed: 0, returned: 0 };
  const cases: CaseId[] = [];
  for await (const externalId of identitiesOf(source)) {
    counts.looked += 1;
    const grave = graveOf(graves, externalId);
    if (grave === null) continue;
    counts.found += 1;
    if (cases.length < NAMED_MAX) cases.push(grave.id);
    const spared = await whySpared(world, source, { ...grave, externalId });
    if (spared === RETURNED) counts.returned += 1;
    else if (order.erase) {
      const done = spared === null && (await eraseAgain(world, source, grave, externalId));
      counts[done ? "erased" : "failed"] += 1;
    }
  }
  const tombstones = graves.reduce((sum, { byFingerprint }) => sum + byFingerprint.size, 0);
  const checked = { target, tombstones, ...counts };
  await world.audit.record({
    t: "tombstone.checked",
    tenant,
    region: world.region,
    actor,
    subject: null,
    facts: { ...checked, cases },
  });
  return checked;
}

/** Ids in one entry. */
const NAMED_MAX = 500;

interface Grave extends TombstoneFacts {
  readonly id: CaseId;
  readonly tenant: Word;
  readonly subject: SubjectId;
}

/** The tombstones whose fingerprints were made under one key. */
interface Graves {
  readonly key: KeyRef;
  readonly byFingerprint: Map<string, Grave>;
}

async function tombstonesOf(
  world: SourcesWorld,
  tenant: Word,
  target: Word,
): Promise<readonly Graves[]> {
  const byKey = new Map<CaseId, Graves | null>();
  const all = allCases(world, { tenant, kind: "targets", open: true });
  for await (const row of all) await take(world, target, byKey, row);
  return [...byKey.values()].filter((one) => one !== null);
}

async function take(
  world: SourcesWorld,
  target: Word,
  byKey: Map<CaseId, Graves | null>,
  row: CaseRow,
): Promise<void> {
  const { id, tenant, parent, subject } = row;
  const facts = tombstoneIn(row);
  if (facts?.tombstone !== target || parent === null || subject === null) return;
  if (!byKey.has(parent)) {
    const key = await openKey(world, { id: parent, tenant });
    byKey.set(parent, key && { key, byFingerprint: new Map() });
  }
  const { file } = await openFile<TombstoneFile>(world, row);
  if (file)
    byKey.get(parent)?.byFingerprint.set(file.fingerprint, { ...facts, id, tenant, subject });
}

function graveOf(graves: readonly Graves[], externalId: string): Grave | null {
  for (const { key, byFingerprint } of graves) {
    const grave = byFingerprint.get(fingerprint(key.key, externalId));
    if (grave !== undefined) return grave;
  }
  return null;
}

/** @throws {OubliError} `SOURCE_FAILED` */
async function* identitiesOf(source: Source): AsyncGenerator<string> {
  const ending = new AbortController();
  try {
    const identities = source.identities!(ending.signal)[Symbol.asyncIterator]();
    for (;;) {
      const next = await inTime(deadlineOf(source), () => identities.next());
      if (next.done) return;
      if (typeof next.value !== "string") throw new Malformed();
      yield next.value;
    }
  } catch (error) {
    throw new OubliError("SOURCE_FAILED", { source: source.name, reason: causeOf(error) });
  } finally {
    ending.abort();
  }
}

/** A new request: under the old one a source that knows it would do nothing. */
async function eraseAgain(
  { clock }: { readonly clock: { now(): EpochMs } },
  source: Source,
  { id, tenant, subject, order }: Grave,
  externalId: string,
): Promise<boolean> {
  const now = clock.now();
  const ordered = orderOf(source, order, now);
  if ((ordered === null ? source.erase : source.anonymise) === undefined) return false;
  const who = { tenant, subject, externalId, identifiers: {} };
  const answer = await callTarget(source, who, ordered, `${id}.${now}`);
  return answer.status === "done";
}
