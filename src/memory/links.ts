import type { Logged } from "#audit";
import type { NodeId, SessionId, Word } from "#kernel";

import { admit, untilUnmoved } from "./admission.ts";
import { rememberFrom } from "./derive.ts";
import { readAllowed, type ReadCall } from "./read.ts";
import { recalled, type RecalledNode } from "./recall.ts";
import type { Remembered } from "./remember.ts";
import { readSources } from "./sources.ts";
import type { Caller, MemoryWorld } from "./world.ts";

export interface LinkCall {
  readonly caller: Caller;
  readonly purpose: string;
  readonly session: SessionId;
  readonly from: NodeId;
  readonly to: NodeId;
  /** What the edge says: `caused_by`, `same_as`. Sealed like any content. */
  readonly relation: Word;
}

/** A node at the other end of an edge. */
export interface Neighbour {
  readonly edge: NodeId;
  readonly relation: string;
  /** `out`: the edge starts at the node that was asked about. */
  readonly direction: "out" | "in";
  readonly node: RecalledNode;
}

/**
 * Links two memories of one subject. The edge is itself a node made from both ends: it has a key
 * of its own, and falls with either end.
 *
 * @throws {OubliError} `NOT_FOUND` when an end is missing or may not be read.
 */
export async function link(world: MemoryWorld, call: LinkCall): Promise<Remembered> {
  const ends = { ...call, sources: [call.from, call.to] };
  const sources = await readSources(world, ends, "link");
  return rememberFrom(world, { ...ends, verb: "link", kind: "edge" }, sources, {
    content: call.relation,
    metadata: null,
    deriver: null,
  });
}

/** The nodes that edges lead to, from this node and to it, in the order the edges were made. */
export function neighbours(
  world: MemoryWorld,
  call: ReadCall & { readonly node: NodeId },
): Promise<{ readonly neighbours: readonly Neighbour[] } & Logged> {
  return untilUnmoved(async () => {
    const { caller, node } = call;
    const admission = await admit(world, { verb: "get", ...call });
    const candidates = await edgesOf(world, call);
    const ids = candidates.flatMap(({ edge, other }) => [edge, other]);
    const rows = await world.store.rows(caller.subject, [...new Set([node, ...ids])]);
    // A summary of two memories has two ends as well: it is not released, so it is not read.
    const labels = new Set(rows.filter(({ kind }) => kind === "edge").map((row) => row.node));
    const edges = candidates.filter(({ edge }) => labels.has(edge));
    const wanted = new Set([node, ...edges.flatMap(({ edge, other }) => [edge, other])]);
    const asked = rows.filter((row) => wanted.has(row.node));
    const read = await readAllowed(world, admission, call, asked);
    if (read === "stale") return "stale";
    const byId = new Map(read.nodes.map((open) => [open.node, open]));
    const found = edges.flatMap(({ edge, other, direction }): Neighbour[] => {
      const [label, end] = [byId.get(edge), byId.get(other)];
      if (!label || !end || !byId.has(node)) return [];
      return [{ edge, relation: label.content, direction, node: recalled(end, 0) }];
    });
    const { auditLog, auditIndex } = read;
    return { neighbours: found, auditLog, auditIndex };
  });
}

/** Everything made from the node and one other, with that other: an edge has exactly two ends. */
async function edgesOf(
  { store }: MemoryWorld,
  { caller: { subject }, node }: ReadCall & { readonly node: NodeId },
): Promise<{ edge: NodeId; other: NodeId; direction: "out" | "in" }[]> {
  const made = await store.derivations(subject, { source: node });
  const edges: { edge: NodeId; other: NodeId; direction: "out" | "in" }[] = [];
  for (const { derived, position } of made) {
    const ends = await store.derivations(subject, { derived });
    const other = ends.find((end) => end.position !== position);
    if (ends.length !== 2 || !other) continue;
    edges.push({ edge: derived, other: other.source, direction: position === 0 ? "out" : "in" });
  }
  return edges;
}
