import type { Loggable } from "./entry.ts";

/** Nodes in one entry: a node takes about 120 of an entry's 65,535 bytes. */
const NODES_PER_ENTRY = 400;

/** As many where some of them name several categories, which all together take 300 bytes more. */
const MIXED_PER_ENTRY = 120;

/** The nodes of one call, over as many entries as they need; one entry is numbered no parts. */
export function inParts<Node extends Loggable>(
  nodes: readonly Node[],
): readonly { readonly nodes: readonly Node[]; readonly part?: number; readonly parts?: number }[] {
  const most = nodes.some(isMixed) ? MIXED_PER_ENTRY : NODES_PER_ENTRY;
  const parts = Math.ceil(nodes.length / most);
  if (parts <= 1) return [{ nodes }];
  return Array.from({ length: parts }, (_, part) => ({
    nodes: nodes.slice(part * most, (part + 1) * most),
    part,
    parts,
  }));
}

function isMixed(node: Loggable): boolean {
  return typeof node === "object" && node !== null && "categories" in node;
}
