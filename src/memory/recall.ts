import { inParts, loggedAt, type EntryType, type Logged } from "#audit";
import { OubliError, type EpochMs, type NodeId, type SessionId, type Word } from "#kernel";
import { guardsFor, type Guard, type Permit, type Use } from "#policy";

import { admitAhead, checkOf, draft, untilUnmoved, type Admission } from "./admission.ts";
import { contextBlock } from "./context-block.ts";
import { embed, questionOf } from "./embed.ts";
import type { Metadata, NodeMeta, NodeSource, OpenNode, Role } from "./node.ts";
import type { WorkingSet } from "./working-set.ts";
import type { Caller, MemoryWorld } from "./world.ts";

/** A question to a subject's memories, for one purpose. */
export interface RecallCall {
  readonly caller: Caller;
  readonly purpose: string;
  readonly session: SessionId;
  /** Empty asks for the newest. */
  readonly query: string;
  /** At most this many nodes; the purpose's `maxNodes` may be lower. */
  readonly limit: number;
  /** Room for the context block, in tokens. */
  readonly tokens: number;
  /** Whether the caller may learn how many nodes each guard withheld. */
  readonly explain: boolean;
}

/** A memory as it is released. */
export interface RecalledNode {
  readonly id: NodeId;
  readonly revision: number;
  readonly content: string;
  readonly category: Word;
  readonly purposes: readonly Word[];
  readonly role: Role | null;
  readonly speaker: string | null;
  readonly metadata: Metadata | null;
  readonly source: NodeSource | null;
  readonly createdAt: EpochMs;
  readonly saidAt: EpochMs | null;
  readonly expiresAt: EpochMs | null;
  /**
   * The share of the question's weight that it holds: it orders one answer, and is no probability.
   * 0 where nothing was asked: `get`, `list`, an empty question.
   */
  readonly score: number;
}

/** Why something was released: where the log says so, and which guards it passed. */
export interface Why extends Logged {
  readonly purpose: Word;
  readonly basis: Word;
  /** In the order they were asked; from the configuration alone. */
  readonly guards: readonly Guard[];
  /** How the assistant may use it. */
  readonly use: Use;
  /** Only for callers with the `explain` permission: a count says that something is hidden. */
  readonly withheld?: Readonly<Record<string, number>>;
}

export interface Recollection {
  readonly nodes: readonly RecalledNode[];
  /** The nodes as text for a prompt: dated, in stable order, within the token budget. */
  readonly context: string;
  readonly why: Why;
}

/**
 * Recalls what a subject's memories say to a question, for one purpose.
 *
 * Scope: one subject and one purpose; there is no recall across subjects. Nodes of other purposes
 * are left out before anything is ranked, and influence nothing.
 * Cost: warm, one one-row read at most, a ranking in memory and one durable append.
 *
 * @throws {OubliError} the policy's refusal; `AUDIT_UNAVAILABLE`: nothing was released;
 *   `CONFLICT`. All but the refusal are retryable.
 * @source GDPR Art. 5(1)(b) (purpose limitation), 5(1)(c) (data minimisation), 5(2)
 */
export function recall(world: MemoryWorld, call: RecallCall): Promise<Recollection> {
  return untilUnmoved(async (tries) => {
    const unasked = tries === 0 && world.audit.store.comparesChanges;
    const change = unasked ? null : changeOf(world, call.caller);
    const [admission] = await admitAhead(world, [{ verb: "recall", ...call }], tries);
    return recallWith(world, admission!, { ...call, change });
  });
}

/**
 * The subject's change number, asked for first: where the gate is asked too, one trip to both. Not
 * asked for where the append compares it with that of the set.
 *
 * Why it is safe: whatever takes something away moves the gate, and a gate that stood still since
 * the set was made says that nothing was. Only an insert moves this number alone, and one that was
 * acknowledged before the recall began is counted, in whichever order the two are read.
 */
function changeOf({ store }: MemoryWorld, { subject }: Caller): Promise<number> {
  const change = store.change(subject);
  // Where leave is refused, nobody asks for it.
  change.catch(() => {});
  return change;
}

/** The part that needs leave: takes a permit's admission, which only the policy can give. */
async function recallWith(
  world: MemoryWorld,
  admission: Admission<"recall">,
  { change, ...call }: RecallCall & { readonly change: Promise<number> | null },
): Promise<Recollection | "stale"> {
  const { permit } = admission;
  const vectors = await embedQuestion(world, admission, call);
  if (vectors === "stale") return "stale";
  const [vector] = vectors;
  const rank = (set: WorkingSet) =>
    rankAllowed(world, set, admission, { ...call, vector: vector ?? null });
  const found = await findNewest(world, admission, call.caller, change, rank);
  const released = await release(world, admission, call, "retrieve", found);
  if (released === "stale") return "stale";

  const nodes = found.nodes.map(({ node, score }) => recalled(node, score));
  const block = { ...released, tokens: call.tokens, use: permit.use };
  let context: string | undefined;
  return {
    nodes,
    // Written when it is first asked for: who reads the nodes alone does not pay for it.
    get context() {
      return (context ??= contextBlock(
        found.nodes.map(({ node }) => node),
        block,
      ));
    },
    why: whyOf(permit, released, call.explain ? found.withheld : null),
  };
}

function embedQuestion(
  world: MemoryWorld,
  admission: Admission<"recall">,
  { caller, session, query }: RecallCall,
): Promise<readonly Float32Array[] | "stale"> {
  if (!world.embedder || query === "") return Promise.resolve([]);
  const asked = { texts: [query], items: [questionOf(world, admission)] };
  return embed(world, { caller, session, admissions: [admission], ...asked });
}

/** Ranks all that was written by now; or, where the append asks for that, what is kept. */
async function findNewest(
  { workingSets }: MemoryWorld,
  { known }: Admission<"recall">,
  { tenant }: Caller,
  change: Promise<number> | null,
  rank: (set: WorkingSet) => Found,
): Promise<Found> {
  const last = workingSets.last(known);
  if (last && change === null) return { ...rank(last.set), change: last.change };
  // While the store is asked whether more was written, what is kept is ranked: it is mostly all.
  const early = last && { set: last.set, changes: last.set.changes, found: rank(last.set) };
  const set = await workingSets.open(tenant, known, change ?? undefined);
  return early && set === early.set && set.changes === early.changes ? early.found : rank(set);
}

interface Found {
  readonly nodes: readonly { readonly node: OpenNode; readonly score: number }[];
  readonly withheld: ReadonlyMap<Guard, number>;
  /** The earliest moment at which something of it expires. */
  readonly expires: EpochMs | null;
  /** The change number of what was ranked, where the append is to compare it. */
  readonly change?: number;
}

/** Filters, then ranks, then cuts: what is not allowed has no influence on what is. */
function rankAllowed(
  { clock }: MemoryWorld,
  set: WorkingSet,
  { permit, known }: Admission<"recall">,
  { query, limit, vector }: { query: string; limit: number; vector: Float32Array | null },
): Found {
  const { allowed, withheld, until } = set.view(permit, clock.now());
  const planned = plannedNodes(known.facts.pending);
  const filter =
    allowed === null && planned.size === 0
      ? {}
      : { allowed: (id: NodeId) => (allowed?.has(id) ?? true) && !planned.has(id) };
  const ranked = set.index.rank(query, {
    limit: Math.min(limit, permit.maxNodes),
    floor: permit.relevanceFloor,
    vector,
    ...filter,
  });
  const nodes = ranked.map(({ id, score }) => ({ node: set.nodes.get(id)!, score }));
  return { nodes, withheld, expires: until };
}

/** Nodes that an act with an intent is about to destroy: already unreadable. */
export function plannedNodes(
  pending: Admission<"recall">["known"]["facts"]["pending"],
): ReadonlySet<NodeId> {
  return new Set(pending.flatMap(({ nodes }) => nodes?.map(({ node }) => node) ?? []));
}

/** Verbs that release content. */
export type ReadVerb = "recall" | "derive" | "get" | "list" | "export" | "link" | "disclose";

/** Writes down what is about to be released. Durable before anything leaves. */
export async function release(
  world: MemoryWorld,
  admission: Admission<ReadVerb>,
  { caller, session }: { readonly caller: Caller; readonly session: SessionId | null },
  type: EntryType & ("retrieve" | "export"),
  found: Omit<Found, "nodes"> & { readonly nodes: readonly { readonly node: OpenNode }[] },
): Promise<Logged | "stale"> {
  const { permit } = admission;
  const common = {
    verb: permit.verb as Word,
    purpose: permit.purpose,
    basis: permit.basis as Word,
    decision: "permitted" as Word,
    policy: permit.policySeq,
    gate: permit.gateSeq,
    withheld: Object.fromEntries(found.withheld),
  };
  const entries = inParts(found.nodes.map(({ node }) => nodeFacts(node))).map((part) =>
    draft(world, { caller, session }, type, { ...common, ...part }),
  );
  const done = await world.audit.record(entries, {
    check: checkOf(admission, found.expires, found.change),
  });
  return done.status === "stale" ? "stale" : loggedAt(done);
}

/** What the log says of a node: nothing that a person said. */
export function nodeFacts({ node, revision, category, categories, special, phi }: NodeMeta) {
  // In the order that the log writes them in, which spares it a sorting for every node.
  const facts = phi
    ? { category, id: node, phi, revision, special }
    : { category, id: node, revision, special };
  // What was made from several memories has the categories of all.
  return categories.length > 1 ? { categories, ...facts } : facts;
}

export function recalled(node: OpenNode, score: number): RecalledNode {
  const { content, category, purposes, role, speaker, metadata, source, revision } = node;
  const { createdAt, saidAt, expiresAt } = node;
  return {
    id: node.node,
    revision,
    content,
    category,
    purposes,
    role,
    speaker,
    metadata,
    source,
    createdAt,
    saidAt,
    expiresAt,
    score,
  };
}

export function whyOf(
  permit: Permit,
  { auditLog, auditIndex }: Logged,
  withheld: ReadonlyMap<Guard, number> | null,
): Why {
  if (permit.purpose === null) throw new OubliError("POLICY_REFUSED");
  return {
    auditLog,
    auditIndex,
    purpose: permit.purpose,
    basis: permit.basis as Word,
    guards: guardsFor(permit),
    use: permit.use,
    ...(withheld === null ? {} : { withheld: Object.fromEntries(withheld) }),
  };
}
