import type { Logged } from "#audit";
import { OubliError, type EpochMs, type NodeId, type SessionId, type Word } from "#kernel";
import { nextExpiry, withheldBy, type Guard } from "#policy";
import { keyName } from "#keys";

import { admit, untilUnmoved, type Admission } from "./admission.ts";
import { openRow } from "./body.ts";
import type { ListCursor, NodeFilter } from "./memory-store.ts";
import type { NodeKind, NodeMeta, NodeRow, OpenNode } from "./node.ts";
import { asTold } from "./order.ts";
import { plannedNodes, recalled, release, type ReadVerb, type RecalledNode } from "./recall.ts";
import type { Caller, MemoryWorld } from "./world.ts";

export interface ReadCall {
  readonly caller: Caller;
  /** `null` for the person and the privacy officer, who read by right. */
  readonly purpose: string | null;
  readonly session: SessionId | null;
}

export interface ListCall extends ReadCall {
  readonly category?: Word;
  readonly since?: EpochMs;
  readonly until?: EpochMs;
  readonly limit: number;
  readonly after: ListCursor | null;
}

export interface ListPage extends Logged {
  readonly nodes: readonly RecalledNode[];
  /** Where the next page starts; `null` at the end. */
  readonly next: ListCursor | null;
}

/** What a person is shown and an erasure destroys: every kind but the edges' own nodes. */
const LISTED_KINDS: readonly NodeKind[] = ["memory", "derived"];

/**
 * One memory, by its id.
 *
 * @throws {OubliError} `NOT_FOUND` when there is none, or the caller may not see it: the two look
 *   the same.
 */
export function get(
  world: MemoryWorld,
  call: ReadCall & { readonly node: NodeId },
): Promise<{ readonly node: RecalledNode } & Logged> {
  return untilUnmoved(async () => {
    const admission = await admit(world, { verb: "get", ...call });
    const rows = await world.store.rows(call.caller.subject, [call.node]);
    const read = await readAllowed(world, admission, call, rows);
    if (read === "stale") return "stale";
    const [node] = read.nodes;
    if (!node) throw new OubliError("NOT_FOUND");
    const { auditLog, auditIndex } = read;
    return { node: recalled(node, 0), auditLog, auditIndex };
  });
}

/** A page of memories, newest first. Nodes the caller may not see are passed over. */
export function list(world: MemoryWorld, call: ListCall): Promise<ListPage> {
  return untilUnmoved(async () => {
    const admission = await admit(world, { verb: "list", ...call });
    const page = await collect(world, admission, call);
    const metas = page.metas.map(({ node }) => node);
    const rows = await world.store.rows(call.caller.subject, metas);
    const read = await readAllowed(world, admission, call, rows);
    if (read === "stale") return "stale";
    // Within the page alone: where the next one starts is the store's order.
    const nodes = read.nodes
      .toSorted((left, right) => right.createdAt - left.createdAt || asTold(right, left))
      .map((node) => recalled(node, 0));
    const { auditLog, auditIndex } = read;
    return { nodes, next: page.next, auditLog, auditIndex };
  });
}

/** Reads on until the page is full of nodes the caller may see: a page never tells of others. */
async function collect(
  { store, clock }: MemoryWorld,
  { permit, known }: Admission<"list">,
  { caller, purpose, category, since, until, limit, after }: ListCall,
): Promise<{ metas: NodeMeta[]; next: ListCursor | null }> {
  const filter: NodeFilter = {
    kinds: LISTED_KINDS,
    ...(category === undefined ? {} : { category }),
    ...(purpose === null ? {} : { purpose: purpose as Word }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
  const planned = plannedNodes(known.facts.pending);
  const metas: NodeMeta[] = [];
  for (let cursor = after; ;) {
    const page = await store.list(caller.subject, filter, { after: cursor, limit });
    for (const meta of page) {
      if (planned.has(meta.node) || withheldBy(permit, meta, clock.now()) !== null) continue;
      metas.push(meta);
      if (metas.length < limit) continue;
      return { metas, next: { createdAt: meta.createdAt, node: meta.node } };
    }
    const last = page.at(-1);
    if (!last || page.length < limit) return { metas, next: null };
    cursor = last;
  }
}

/** Opens what the guards leave, and writes it down. */
export async function readAllowed(
  world: MemoryWorld,
  admission: Admission<ReadVerb>,
  { caller, session }: Pick<ReadCall, "caller" | "session">,
  rows: readonly NodeRow[],
): Promise<({ readonly nodes: readonly OpenNode[] } & Logged) | "stale"> {
  const { nodes, withheld, expires } = await openAllowed(world, admission, caller, rows);
  const type = admission.permit.verb === "export" ? "export" : "retrieve";
  const found = { nodes: nodes.map((node) => ({ node })), withheld, expires };
  const released = await release(world, admission, { caller, session }, type, found);
  return released === "stale" ? "stale" : { nodes, ...released };
}

/** Opens what the guards leave. For a caller that writes it down itself, before it releases it. */
export async function openAllowed(
  { keyring, region, clock }: MemoryWorld,
  admission: Admission<ReadVerb>,
  caller: Caller,
  rows: readonly NodeRow[],
) {
  const planned = plannedNodes(admission.known.facts.pending);
  const withheld = new Map<Guard, number>();
  const keys = await keyring.nodeKeys(caller.subject, rows);
  const nodes: OpenNode[] = [];
  for (const row of rows) {
    const key = keys.get(keyName(row));
    if (!key || planned.has(row.node)) continue;
    const guard = withheldBy(admission.permit, row, clock.now());
    if (guard === null) nodes.push(openRow(key, { tenant: caller.tenant, region }, row));
    else withheld.set(guard, (withheld.get(guard) ?? 0) + 1);
  }
  return { nodes, withheld, expires: nextExpiry(admission.permit, nodes) };
}
