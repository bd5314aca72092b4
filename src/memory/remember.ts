import type { KeyObject } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";

import { inParts, loggedAt, type Carried, type LogName } from "#audit";
import {
  MINUTE_MS,
  OubliError,
  type EpochMs,
  type NodeId,
  type SessionId,
  type SubjectId,
  type Word,
} from "#kernel";
import { refuseUnfitHosts } from "#egress";
import type { NodeKeyRef } from "#keys";
import { expiryOf, guardsFor, isPhi, isSpecial, type CategoryId, type Guard } from "#policy";

import { admitAhead, checkOf, draft, untilDone, type Admission } from "./admission.ts";
import { sealBody, sealVector } from "./body.ts";
import { embed, itemOf } from "./embed.ts";
import type { CarriedInsert, Derivation, Inserted, NodeInsert } from "./memory-store.ts";
import type { NodeBody, NodeKind, NodeMeta, NodeRow } from "./node.ts";
import { nodeFacts } from "./recall.ts";
import type { Caller, MemoryWorld } from "./world.ts";

/** Something to remember. */
export interface NewMemory extends NodeBody {
  readonly categories: readonly CategoryId[];
  readonly expiresAt: EpochMs | null;
  readonly position: number;
  readonly deriver: Word | null;
}

export type WriteVerb = "remember" | "derive" | "link";

export interface RememberCall {
  readonly verb: WriteVerb;
  readonly kind: NodeKind;
  readonly caller: Caller;
  /** Each must allow the write; all of them stand on the node. */
  readonly purposes: readonly [string, ...string[]];
  readonly session: SessionId;
  readonly memories: readonly NewMemory[];
  /** The nodes that a derived node is made from, with the revisions that were read. */
  readonly sources: readonly Pick<Derivation, "source" | "sourceRevision">[];
  /** Within 24 hours a call with the same key and purposes answers with the first one's nodes. */
  readonly idempotencyKey: string | null;
}

export interface Remembered {
  /** One for each memory, in order; of one whose source event is known, the node that holds it. */
  readonly nodes: readonly NodeId[];
  /** How many of them were stored before. */
  readonly known: number;
  /** Where the log says so; `null` when all was known already. */
  readonly auditLog: LogName | null;
  readonly auditIndex: number | null;
  readonly guards: readonly Guard[];
}

/** @source docs: idempotency keys are kept as keyed fingerprints, for a day. */
const IDEMPOTENCY_MS = 24 * 60 * 60 * 1000;

/**
 * Stores memories of one subject, all or none.
 *
 * The keys and the log's entry are written side by side, then the rows that make them visible.
 *
 * Why it is safe: rows wait for both. Until there are rows, a key opens nothing, and an entry
 * stands for a write that never was, as it may; so whatever fails or dies first leaves a key
 * without a row, which a sweep removes, or an entry; never a row without either. A store that has
 * all three writes them in one transaction.
 *
 * @throws {OubliError} the policy's refusal, `CONSENT_MISSING` among them; `SUBJECT_ERASED`;
 *   `REPLAY_OF_ERASED`; `NOT_FOUND` when a source is gone; `AUDIT_UNAVAILABLE`; `OUTCOME_UNKNOWN`;
 *   `CONFLICT`.
 */
export function remember(world: MemoryWorld, call: RememberCall): Promise<Remembered> {
  return untilDone((tries) => rememberOnce(world, call, tries));
}

async function rememberOnce(
  world: MemoryWorld,
  call: RememberCall,
  tries: number,
): Promise<Remembered | "stale"> {
  const admissions = await admitAll(world, call, tries);
  const guards = guardsFor(admissions[0]!.permit);
  const tags = await tagsOf(world, call);
  const known = await alreadyKnown(world, call, tags);
  const stored = known.filter((node) => node !== null);
  if (stored.length === known.length) {
    return { nodes: stored, known: stored.length, auditLog: null, auditIndex: null, guards };
  }
  const added = await store(world, admissions, ...unknown(call, tags, known));
  if (added === "stale") return "stale";
  const nodes = [...added.nodes];
  return {
    nodes: known.map((node) => node ?? nodes.shift()!),
    known: stored.length,
    auditLog: added.auditLog,
    auditIndex: added.auditIndex,
    guards,
  };
}

/** What of a call is not stored yet: an import that is run again goes on where it ended. */
function unknown(
  call: RememberCall,
  { replay, idempotency }: Tags,
  known: readonly (NodeId | null)[],
): [RememberCall, Tags] {
  const isNew = (_: unknown, at: number): boolean => known[at] === null;
  return [
    { ...call, memories: call.memories.filter(isNew) },
    { replay: replay.filter(isNew), idempotency },
  ];
}

async function store(
  world: MemoryWorld,
  admissions: readonly Admission<WriteVerb>[],
  call: RememberCall,
  tags: Tags,
): Promise<Pick<Remembered, "nodes" | "auditLog" | "auditIndex"> | "stale"> {
  const { caller, memories } = call;

  const now = world.clock.now();
  const metas = memories.map((memory) => metaOf(world, call, memory, now));
  const vectors = await embedAll(world, admissions, call, metas);
  if (vectors === "stale") return "stale";
  const refs = metas.map(({ node, revision }) => ({ node, revision }));
  const mint = () => world.keyring.mintNodeKeys(caller.subject, refs);
  const sealed = (keys: readonly KeyObject[]): NodeInsert => {
    const rows = memories.map((memory, at): NodeRow => {
      const place = { ...caller, region: world.region, ...refs[at]! };
      const vector = vectors[at];
      return {
        ...metas[at]!,
        body: sealBody(keys[at]!, place, memory),
        embedding: vector ? sealVector(keys[at]!, place, vector) : null,
        replayTag: tags.replay[at] ?? null,
      };
    });
    return insertOf(call, rows, tags.idempotency, now);
  };

  const carries = await carriedInsert(world, caller.subject, refs, sealed);
  const [recorded, minted] = await Promise.allSettled([
    record(world, call, admissions, metas, carries),
    // The entry is under way before this thread makes keys: it takes longer on a server.
    carries ? null : turn().then(mint),
  ]);
  const written = outcomeOf(recorded);
  if (written.status === "stale") {
    // A mint that failed may have met the very act that moved the gate: the next try says which.
    if (minted.status === "fulfilled" && minted.value)
      await world.keyring.dropNodeKeys(caller.subject, refs);
    return "stale";
  }
  const keys = outcomeOf(minted);
  const inserted =
    (written.answers && carries?.inserted(written.answers)) ??
    (await world.store.insert(sealed(keys ?? (await mint()))));
  if (inserted.status !== "inserted") await world.keyring.dropNodeKeys(caller.subject, refs);
  else await assertKeysStand(world, call, refs, now);
  world.workingSets.behind(caller.subject);
  // The same call, or one with the same event, came first: look again at what is known by now.
  if (inserted.status === "known") return "stale";
  refuse(inserted);
  return { nodes: refs.map(({ node }) => node), ...loggedAt(written) };
}

/**
 * What the entry carries, where its store can: keys and rows in its own transaction. Not while other
 * entries wait: theirs are written in one, and none must wait for another's rows, or fail with them.
 * Where it was not carried after all, or the keys refused, keys and rows are written behind it.
 */
async function carriedInsert(
  { audit, keyring, store }: MemoryWorld,
  subject: SubjectId,
  refs: readonly NodeKeyRef[],
  sealed: (keys: readonly KeyObject[]) => NodeInsert,
): Promise<CarriedInsert | null> {
  if (!store.carried || !audit.isIdle()) return null;
  const made = await keyring.newNodeKeys(subject, refs);
  return made && store.carried(made.minted, sealed(made.keys));
}

function outcomeOf<Value>(settled: PromiseSettledResult<Value>): Value {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

/** Far below the age at which a sweep takes a key without a row for what a crash left. */
const STALLED_MS = 30 * MINUTE_MS;

/**
 * A process that was suspended between key and row may have lost its keys to a sweep meanwhile.
 * Then nothing was stored, and nothing is acknowledged.
 */
async function assertKeysStand(
  { clock, keyring, store }: MemoryWorld,
  { caller: { subject } }: RememberCall,
  refs: readonly NodeKeyRef[],
  minted: EpochMs,
): Promise<void> {
  if (clock.now() - minted < STALLED_MS) return;
  if ((await keyring.nodeKeys(subject, refs)).size === refs.length) return;
  await store.purgeNodes(
    subject,
    refs.map(({ node }) => node),
    minted,
  );
  throw new OubliError("CONFLICT");
}

/** Leave under every purpose the memories are stored for, all on the same facts. */
async function admitAll(
  world: MemoryWorld,
  { verb, caller, session, purposes, ...call }: RememberCall,
  tries: number,
) {
  const categories = [...new Set(call.memories.flatMap((memory) => memory.categories))];
  const asks = purposes.map((purpose) => ({ verb, caller, session, purpose, categories }));
  // What may be known already is answered without an append: then the gate is asked.
  const known = call.idempotencyKey !== null || call.memories.some(({ source }) => source !== null);
  const admissions = await admitAhead(world, asks, known ? 1 : tries);
  const stored = { verb: verb as Word, purpose: purposes[0] as Word, categories };
  await refuseUnfitHosts(world, { ...caller, session }, stored);
  return admissions;
}

interface Tags {
  /** One a memory; `null` where it has no source event. */
  readonly replay: readonly (Uint8Array | null)[];
  readonly idempotency: Uint8Array | null;
}

async function tagsOf({ keyring }: MemoryWorld, call: RememberCall): Promise<Tags> {
  const { caller, memories, purposes, idempotencyKey } = call;
  const replay: (Uint8Array | null)[] = [];
  for (const { source } of memories) {
    replay.push(
      source && (await keyring.tag(caller.tenant, "source", source.system, source.event)),
    );
  }
  const idempotency =
    idempotencyKey === null
      ? null
      : await keyring.tag(
          caller.tenant,
          "idempotency",
          caller.subject,
          idempotencyKey,
          // Another purpose's call is another call: it must not be answered with hidden nodes.
          ...purposes.toSorted(),
        );
  return { replay, idempotency };
}

/**
 * For each memory the node that stands for it already; `null` for what is new.
 *
 * @throws {OubliError} `REPLAY_OF_ERASED` when one of them was erased: then none is stored.
 */
async function alreadyKnown(
  { store, clock }: MemoryWorld,
  { caller: { subject }, memories, ...call }: RememberCall,
  { replay, idempotency }: Tags,
): Promise<readonly (NodeId | null)[]> {
  const tagged = replay.some((tag) => tag !== null);
  if (!tagged && idempotency === null) return memories.map(() => null);
  const purposes = call.purposes as readonly string[] as readonly Word[];
  const events = await store.nodesOfEvents(subject, replay, purposes);
  const fresh = replay.filter((tag, at) => tag !== null && events[at] === null) as Uint8Array[];
  const known = await store.known(subject, {
    replay: fresh,
    purposes,
    idempotency,
    now: clock.now(),
  });
  if (known?.status === "known") return known.nodes;
  if (known) refuse(known);
  return events;
}

/** Throws what an insert was refused for. */
function refuse({ status }: Inserted): void {
  if (status === "fenced") throw new OubliError("SUBJECT_ERASED");
  if (status === "source-gone") throw new OubliError("NOT_FOUND");
  if (status === "replay-of-erased") throw new OubliError("REPLAY_OF_ERASED");
}

async function embedAll(
  world: MemoryWorld,
  admissions: readonly Admission<WriteVerb>[],
  { caller, session, kind, memories }: RememberCall,
  metas: readonly NodeMeta[],
): Promise<readonly Float32Array[] | "stale"> {
  if (kind === "edge" || kind === "block") return [];
  return embed(world, {
    caller,
    session,
    admissions: admissions as [Admission<WriteVerb>, ...Admission<WriteVerb>[]],
    texts: memories.map(({ content }) => content),
    items: metas.map(itemOf),
  });
}

function metaOf(
  world: MemoryWorld,
  { caller, kind, purposes, session }: RememberCall,
  { categories, expiresAt: requested, position, deriver }: NewMemory,
  now: EpochMs,
): NodeMeta {
  return {
    subject: caller.subject,
    node: world.ids.next("node"),
    revision: 1,
    kind,
    category: categories[0]! as Word & CategoryId,
    categories: categories as readonly (Word & CategoryId)[],
    purposes: purposes as readonly string[] as readonly Word[],
    special: categories.some(isSpecial),
    phi: isPhi(categories, world),
    createdAt: now,
    updatedAt: now,
    expiresAt: expiryOf({ purposes, categories, createdAt: now, requested }, world.policy),
    session,
    position,
    deriver,
  };
}

/** One entry for the call, whatever the number of memories. */
function record(
  world: MemoryWorld,
  call: RememberCall,
  admissions: readonly Admission<WriteVerb>[],
  metas: readonly NodeMeta[],
  carries: Carried | null,
) {
  const [{ permit }] = admissions as [Admission<WriteVerb>];
  const ends = admissions.map((admission) => admission.permit.notAfter).filter((at) => at !== null);
  const expires = ends.length === 0 ? null : (Math.min(...ends) as EpochMs);
  const t = call.verb === "link" ? "link" : "remember";
  const common = {
    verb: call.verb as Word,
    decision: "permitted" as Word,
    purposes: call.purposes as readonly string[] as readonly Word[],
    basis: permit.basis as Word,
    policy: permit.policySeq,
    gate: permit.gateSeq,
  };
  const entries = inParts(metas.map(nodeFacts)).map((part) =>
    draft(world, call, t, { ...common, ...part }),
  );
  return world.audit.record(entries, { check: checkOf(admissions[0]!, expires), carries });
}

function insertOf(
  { caller, sources }: RememberCall,
  rows: readonly NodeRow[],
  tag: Uint8Array | null,
  now: EpochMs,
): NodeInsert {
  const derivations = rows.flatMap(({ node }) =>
    sources.map((source, position) => ({ ...source, derived: node, position })),
  );
  const idempotency = tag && { tag, until: (now + IDEMPOTENCY_MS) as EpochMs };
  return { subject: caller.subject, rows, derivations, idempotency, now };
}
