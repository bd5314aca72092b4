/** How many rows of each kind an act removed. */
export interface Removed {
  readonly nodes: number;
  readonly embeddings: number;
  readonly derivations: number;
  readonly sessions: number;
  readonly idempotency: number;
}

export const NOTHING_REMOVED: Removed = {
  nodes: 0,
  embeddings: 0,
  derivations: 0,
  sessions: 0,
  idempotency: 0,
};

export function addRemoved(left: Removed, right: Removed): Removed {
  return {
    nodes: left.nodes + right.nodes,
    embeddings: left.embeddings + right.embeddings,
    derivations: left.derivations + right.derivations,
    sessions: left.sessions + right.sessions,
    idempotency: left.idempotency + right.idempotency,
  };
}
