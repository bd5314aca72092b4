import type { Loggable } from "./entry.ts";

/** Nodes in one entry: a node takes about 120 of an entry's 65,535 bytes. */
const NODES_PER_ENTRY = 400;

/** The nodes of one call, over as many entries as they need; one entry is numbered no parts. */
export function inParts<Node extends Loggable>(
  nodes: readonly Node[],
): readonly { readonly nodes: readonly Node[]; readonly part?: number; readonly parts?: number }[] {
  const parts = Math.ceil(nodes.length / NODES_PER_ENTRY);
  if (parts <= 1) return [{ nodes }];
  return Array.from({ length: parts }, (_, part) => ({
    nodes: nodes.slice(part * NODES_PER_ENTRY, (part + 1) * NODES_PER_ENTRY),
    part,
    parts,
  }));
}
