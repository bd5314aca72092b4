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

// UNION takes each node once, so it ends even if nodes were made from one another. OFFSET 0 keeps
// each look-up a look-up by its key, once for each node: joined, a plan from when the tables were
// empty compares every node of the person with every one that is asked about.
const MADE_FROM = `
  WITH RECURSIVE made (node_id) AS (
    SELECT unnest($2::text[]) COLLATE "C"
    UNION
    SELECT next.derived_id FROM made CROSS JOIN LATERAL (
      SELECT derived_id FROM derivation
      WHERE derivation.subject_id = $1 AND derivation.source_id = made.node_id OFFSET 0) AS next
    CROSS JOIN LATERAL (
      SELECT kind FROM node
      WHERE node.subject_id = $1 AND node.node_id = next.derived_id OFFSET 0) AS head
    WHERE head.kind <> ALL($3::text[])
  ),
  others AS MATERIALIZED (
    SELECT node_id FROM made EXCEPT SELECT unnest($2::text[]) COLLATE "C"
  )
  SELECT others.node_id AS node, head.revision FROM others CROSS JOIN LATERAL (
    SELECT revision FROM node
    WHERE node.subject_id = $1 AND node.node_id = others.node_id OFFSET 0) AS head`;

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
