import type { OpenNode } from "./node.ts";

type Placed = Pick<OpenNode, "node" | "session" | "position">;

/**
 * Memories of one time, in the order they were told: those of one call have one time, and their
 * ids are random. For a sort; sessions are kept together.
 */
export function asTold(left: Placed, right: Placed): number {
  const [one, other] = [left.session ?? "", right.session ?? ""];
  if (one !== other) return one < other ? -1 : 1;
  if (left.position !== right.position) return left.position - right.position;
  return left.node < right.node ? -1 : 1;
}
