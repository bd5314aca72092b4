/**
 * A node's place in its row of the tree, and the row's last place, while a proof climbs. Halved
 * by division: bit shifts would cut both to 32 bits.
 */
export interface Place {
  readonly node: number;
  readonly last: number;
}

/** The same node's ancestor one row up. */
export function up({ node, last }: Place): Place {
  return { node: Math.floor(node / 2), last: Math.floor(last / 2) };
}

export function isRight({ node }: Place): boolean {
  return node % 2 === 1;
}

/** Whether the next hash of a proof stands left of this node. */
export function hasLeftSibling(place: Place): boolean {
  return isRight(place) || place.node === place.last;
}

/** The next row in which this node has a left sibling: in between it rises alone. */
export function upToLeftSibling(place: Place): Place {
  let at = place;
  while (!isRight(at) && at.node !== 0) at = up(at);
  return at;
}
