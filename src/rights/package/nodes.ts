import type { EpochMs, NodeId, SessionId } from "#kernel";
import {
  admit,
  asTold,
  NODE_KINDS,
  readAllowed,
  untilUnmoved,
  type Caller,
  type ListCursor,
  type MemoryWorld,
  type NodeKind,
  type OpenNode,
} from "#memory";

/** A memory in the clear, and what it was made from. */
export interface GivenNode {
  readonly node: OpenNode;
  readonly sources: readonly NodeId[];
  /** Those of its sources that were made from others themselves. */
  readonly madeSources: readonly NodeId[];
}

/** Places read at a time: they are small. */
const LISTED = 1000;

/** Memories read, and written down, at a time: nothing here holds a long transaction. */
const PAGE_MAX = 125;
/** The first page is short, for a memory may be as long as a book. */
const PAGE_FIRST = 50;
const PAGE_LENGTH = 2 * 1024 * 1024;

/**
 * Everything remembered of a person, in the order it was told, a page at a time: the same nodes
 * that an erasure destroys. Each page is in the log before it is given out.
 *
 * Limits: what is told meanwhile is not in it, and what is erased meanwhile is not either.
 * Cost: a line in memory for each node, and one page of what they say.
 *
 * @throws {OubliError} the policy's refusal; `AUDIT_UNAVAILABLE`; `CONFLICT` (retryable).
 * @source GDPR Art. 15(1), (3), 20(1)
 */
export async function* givenNodes(
  world: MemoryWorld,
  caller: Caller,
): AsyncGenerator<readonly GivenNode[]> {
  const { ids: all, made } = await placesOf(world, caller);
  let size = PAGE_FIRST;
  // At least one page: who has no memories still has a name and consents, which are shown too.
  for (let at = 0; at === 0 || at < all.length;) {
    const page = await readPage(world, caller, { ids: all.slice(at, at + size), made });
    yield page.toSorted((left, right) => byTime(left.node, right.node));
    at += size;
    const length = page.reduce((sum, { node }) => sum + node.content.length, 0);
    const share = Math.floor((size * PAGE_LENGTH) / Math.max(length, 1));
    size = Math.max(1, Math.min(PAGE_MAX, 4 * size, share));
  }
}

interface PlacedNode {
  readonly node: NodeId;
  readonly kind: NodeKind;
  readonly createdAt: EpochMs;
  readonly session: SessionId | null;
  readonly position: number;
}

interface Places {
  /** In order. Of a hundred thousand memories nothing else stays. */
  readonly ids: readonly NodeId[];
  readonly made: ReadonlySet<NodeId>;
}

async function placesOf({ store }: MemoryWorld, { subject }: Caller): Promise<Places> {
  const places: PlacedNode[] = [];
  const sessions = new Map<SessionId, SessionId>();
  for (let after: ListCursor | null = null; ;) {
    const page = await store.list(subject, { kinds: NODE_KINDS }, { after, limit: LISTED });
    for (const { node, kind, createdAt, session, position } of page) {
      // One text for each session, instead of one for each of its memories.
      if (session !== null && !sessions.has(session)) sessions.set(session, session);
      const known = session === null ? null : sessions.get(session)!;
      places.push({
        node,
        kind: NODE_KINDS[NODE_KINDS.indexOf(kind)]!,
        createdAt,
        session: known,
        position,
      });
    }
    if (page.length < LISTED) break;
    after = page.at(-1)!;
  }
  places.sort(byTime);
  const made = places.filter(({ kind }) => kind !== "memory").map(({ node }) => node);
  return { ids: places.map(({ node }) => node), made: new Set(made) };
}

function readPage(
  world: MemoryWorld,
  caller: Caller,
  { ids, made }: Places,
): Promise<readonly GivenNode[]> {
  const place = { caller, session: null };
  return untilUnmoved(async () => {
    const admission = await admit(world, { verb: "export", purpose: null, ...place });
    const rows = await world.store.rows(caller.subject, ids);
    const read = await readAllowed(world, admission, place, rows);
    if (read === "stale") return "stale";
    return Promise.all(read.nodes.map((node) => withSources(world, node, made)));
  });
}

async function withSources(
  { store }: MemoryWorld,
  node: OpenNode,
  made: ReadonlySet<NodeId>,
): Promise<GivenNode> {
  if (node.kind === "memory") return { node, sources: [], madeSources: [] };
  const derivations = await store.derivations(node.subject, { derived: node.node });
  const sources = derivations.map(({ source }) => source);
  return { node, sources, madeSources: sources.filter((source) => made.has(source)) };
}

/** What was told comes before what was made of it in the same millisecond. */
function byTime(left: PlacedNode, right: PlacedNode): number {
  return left.createdAt - right.createdAt || made(left) - made(right) || asTold(left, right);
}

function made({ kind }: PlacedNode): number {
  return kind === "memory" ? 0 : 1;
}
