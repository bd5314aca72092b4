import type { NodeId, SubjectId } from "#kernel";
import type { Derivation, NodeHead, NodeKind } from "#memory";

import type { Call, Database } from "./database.ts";

const FIELDS = `derived_id AS derived, source_id AS source, source_revision AS "sourceRevision",
  position`;
const FROM_SOURCE = `
  SELECT ${FIELDS} FROM derivation WHERE subject_id = $1 AND source_id = $2
  ORDER BY change, derived_id, position`;
const OF_DERIVED = `
  SELECT ${FIELDS} FROM derivation WHERE subject_id = $1 AND derived_id = $2 ORDER BY position`;

// UNION takes each node once, so it ends even if nodes were made from one another.
const MADE_FROM = `
  WITH RECURSIVE made (node_id) AS (
    SELECT unnest($2::text[]) COLLATE "C"
    UNION
    SELECT derivation.derived_id FROM made
    JOIN derivation ON derivation.subject_id = $1 AND derivation.source_id = made.node_id
    JOIN node ON node.subject_id = $1 AND node.node_id = derivation.derived_id
    WHERE node.kind <> ALL($3::text[])
  )
  SELECT node.node_id AS node, node.revision FROM made
  JOIN node ON node.subject_id = $1 AND node.node_id = made.node_id
  WHERE made.node_id <> ALL($2::text[])`;

/** Everything made from nodes, as heads. */
export const madeFromCall = (
  subject: SubjectId,
  nodes: readonly NodeId[],
  except: readonly NodeKind[] = [],
): Call => ({ text: MADE_FROM, values: [subject, nodes, except] });

/** What was made from what. */
export function derivationReads(database: Database) {
  return {
    derivations: (
      subject: SubjectId,
      side: { readonly source: NodeId } | { readonly derived: NodeId },
    ): Promise<Derivation[]> =>
      database.read(
        subject,
        "source" in side
          ? { text: FROM_SOURCE, values: [subject, side.source] }
          : { text: OF_DERIVED, values: [subject, side.derived] },
      ),

    madeFrom: (
      subject: SubjectId,
      nodes: readonly NodeId[],
      except?: readonly NodeKind[],
    ): Promise<NodeHead[]> => database.read(subject, madeFromCall(subject, nodes, except)),
  };
}
