import type { EpochMs, NodeId, SubjectId } from "#kernel";
import { filterKey, nextExpiry, withheldBy, type Guard, type Permit } from "#policy";

import type { OpenNode } from "./node.ts";
import { createLexicalIndex, type LexicalIndex } from "./ranking/index.ts";

/** What one permit may see of a working set, until something in it expires. */
export interface View {
  /** `null` when all of it may be seen. */
  readonly allowed: ReadonlySet<NodeId> | null;
  readonly withheld: ReadonlyMap<Guard, number>;
  readonly until: EpochMs | null;
}

/** A subject's decrypted, indexed memories in this process. Never shared between subjects. */
export interface WorkingSet {
  readonly subject: SubjectId;
  readonly nodes: ReadonlyMap<NodeId, OpenNode>;
  readonly index: LexicalIndex;
  /** An estimate of the memory it holds. */
  readonly bytes: number;
  /** Grows with each put and drop: the same number, the same answers. */
  readonly changes: number;
  put(node: OpenNode): void;
  drop(node: NodeId): void;
  /** What the guards leave of it: asked before anything is ranked. */
  view(permit: Permit, at: EpochMs): View;
}

/** Measured on Node 24: a node's object, its strings' headers and its place in the map. */
const NODE_BYTES = 700;

export function createWorkingSet(subject: SubjectId): WorkingSet {
  const nodes = new Map<NodeId, OpenNode>();
  const index = createLexicalIndex();
  const views = new Map<string, View>();
  let contentBytes = 0;
  let changes = 0;

  function drop(id: NodeId): void {
    const node = nodes.get(id);
    if (!node) return;
    nodes.delete(id);
    index.remove(id);
    contentBytes -= sizeOf(node);
    changes += 1;
    views.clear();
  }

  return {
    subject,
    nodes,
    index,
    get bytes() {
      return contentBytes + index.bytes;
    },
    get changes() {
      return changes;
    },
    put(node) {
      drop(node.node);
      nodes.set(node.node, node);
      contentBytes += sizeOf(node);
      changes += 1;
      views.clear();
      index.add({
        id: node.node,
        text: node.content,
        speaker: node.speaker,
        role: node.role,
        session: node.session,
        position: node.position,
        createdAt: node.saidAt ?? node.createdAt,
        vector: node.vector,
      });
    },
    drop,
    view(permit, at) {
      const key = filterKey(permit);
      const kept = views.get(key);
      if (kept && (kept.until === null || at < kept.until)) return kept;
      const view = makeView(nodes, permit, at);
      views.set(key, view);
      return view;
    },
  };
}

function makeView(nodes: ReadonlyMap<NodeId, OpenNode>, permit: Permit, at: EpochMs): View {
  const allowed = new Map<NodeId, OpenNode>();
  const withheld = new Map<Guard, number>();
  for (const node of nodes.values()) {
    const guard = withheldBy(permit, node, at);
    if (guard === null) allowed.set(node.node, node);
    else withheld.set(guard, (withheld.get(guard) ?? 0) + 1);
  }
  return {
    allowed: allowed.size === nodes.size ? null : new Set(allowed.keys()),
    withheld,
    until: nextExpiry(permit, allowed.values()),
  };
}

function sizeOf(node: OpenNode): number {
  return NODE_BYTES + 2 * node.content.length;
}
