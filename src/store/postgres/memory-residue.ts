import type { SubjectId } from "#kernel";
import type { MemoryStore, Residue } from "#memory";

import type { Database } from "./database.ts";

type Scope = Parameters<MemoryStore["residue"]>[1];

const LISTED = "ANY($2::text[])";
const HELD = "ALL($2::text[])";

/** The derived node of a derivation still stands. */
const DERIVED_STANDS = `EXISTS (SELECT FROM node
  WHERE node.subject_id = $1 AND node.node_id = derivation.derived_id)`;

// A derivation into a node that stands belongs to that node: it goes when the node goes.
const OF_NODES = counts({
  nodes: [`node WHERE node_id = ${LISTED}`],
  embeddings: [`node WHERE node_id = ${LISTED} AND embedding IS NOT NULL`],
  derivations: [
    `derivation WHERE derived_id = ${LISTED}`,
    `derivation WHERE source_id = ${LISTED} AND derived_id <> ${HELD} AND NOT ${DERIVED_STANDS}`,
  ],
  sessions: ["session WHERE false"],
  idempotency: [`idempotency WHERE node_id = ${LISTED}`],
});
const OF_SUBJECT = counts({
  nodes: [`node WHERE node_id <> ${HELD}`],
  embeddings: [`node WHERE node_id <> ${HELD} AND embedding IS NOT NULL`],
  derivations: [`derivation WHERE (derived_id <> ${HELD} OR source_id <> ${HELD})`],
  sessions: ["session WHERE true"],
  idempotency: ["idempotency WHERE true"],
});

/**
 * Counts what is left, table by table. Says itself what should be gone, and uses nothing of the
 * purge: what one forgets, the other finds.
 */
export function memoryResidue(database: Database) {
  return {
    async residue(subject: SubjectId, scope: Scope): Promise<Residue> {
      const call =
        "nodes" in scope
          ? { text: OF_NODES, values: [subject, scope.nodes] }
          : { text: OF_SUBJECT, values: [subject, scope.except] };
      const [row] = await database.read<Residue>(subject, call);
      return row!;
    },
  };
}

/** One query for all tables, so that they are counted as of one moment. */
function counts(left: Readonly<Record<keyof Residue, readonly string[]>>): string {
  const columns = Object.entries(left).map(([name, parts]) => {
    const counted = parts.map((rows) => `(SELECT count(*) FROM ${rows} AND subject_id = $1)`);
    return `${counted.join(" + ")} AS ${name}`;
  });
  return `SELECT ${columns.join(", ")}`;
}
