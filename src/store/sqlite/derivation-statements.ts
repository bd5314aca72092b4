import type { DatabaseSync } from "node:sqlite";

import type { NodeId, SubjectId } from "#kernel";
import type { Derivation, NodeHead, NodeKind } from "#memory";

import { arrays, decodeHead } from "./memory-row.ts";

const COLUMNS = `derived_id AS derived, source_id AS source,
  source_revision AS sourceRevision, position`;

/** What was made from what. Call from inside a transaction. */
export function derivationStatements(sql: DatabaseSync) {
  const insert = sql.prepare("INSERT INTO derivation VALUES (?, ?, ?, ?, ?, ?)");
  const selectFrom = sql.prepare(`
    SELECT ${COLUMNS} FROM derivation INDEXED BY derivation_source
    WHERE subject_id = ? AND source_id = ? ORDER BY change, derived_id, position`);
  const selectOf = sql.prepare(`
    SELECT ${COLUMNS} FROM derivation WHERE subject_id = ? AND derived_id = ? ORDER BY position`);
  // UNION takes each node once, so it ends even if nodes were made from one another.
  const selectMade = arrays(
    sql,
    `
    WITH RECURSIVE made (node_id) AS (
      SELECT value FROM json_each(:nodes)
      UNION
      SELECT derivation.derived_id
      FROM made CROSS JOIN derivation INDEXED BY derivation_source
        ON derivation.subject_id = :subject AND derivation.source_id = made.node_id
      CROSS JOIN node ON node.subject_id = :subject AND node.node_id = derivation.derived_id
      WHERE node.kind NOT IN (SELECT value FROM json_each(:except))
    )
    SELECT node.node_id, node.revision
    FROM made CROSS JOIN node ON node.subject_id = :subject AND node.node_id = made.node_id
    WHERE made.node_id NOT IN (SELECT value FROM json_each(:nodes))`,
  );

  return {
    insert(subject: SubjectId, derivations: readonly Derivation[], change: number): void {
      for (const { derived, source, sourceRevision, position } of derivations) {
        insert.run(subject, derived, position, source, sourceRevision, change);
      }
    },

    of(
      subject: SubjectId,
      side: { readonly source: NodeId } | { readonly derived: NodeId },
    ): Derivation[] {
      const rows =
        "source" in side
          ? selectFrom.all(subject, side.source)
          : selectOf.all(subject, side.derived);
      return rows.map((row) => {
        const { derived, source, sourceRevision, position } = row as unknown as Derivation;
        return { derived, source, sourceRevision, position };
      });
    },

    madeFrom(
      subject: SubjectId,
      nodes: readonly NodeId[],
      except: readonly NodeKind[] = [],
    ): NodeHead[] {
      const values = {
        subject,
        nodes: JSON.stringify(nodes),
        except: JSON.stringify(except),
      };
      return selectMade(values).map(decodeHead);
    },
  };
}

export type DerivationStatements = ReturnType<typeof derivationStatements>;
