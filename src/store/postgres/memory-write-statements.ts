import assert from "node:assert/strict";

import type { EpochMs, NodeId, SubjectId } from "#kernel";
import type { Inserted, NodeHead, NodeInsert, NodeRow } from "#memory";

import { bumpChange, lockSubject } from "./change-statements.ts";
import type { Call, Database } from "./database.ts";
import { eventsJson } from "./memory-fence-statements.ts";
import { hexText } from "./memory-row.ts";

/** Inserts, swaps and moved ends of nodes. */
export function memoryWrites(database: Database) {
  return {
    async insert(insert: NodeInsert): Promise<Inserted> {
      for (const row of insert.rows) assert.equal(row.subject, insert.subject);
      const [rows] = await database.write(insert.subject, [insertCall(insert)]);
      return rows![0]!["inserted"] as Inserted;
    },

    swap(from: NodeHead, row: NodeRow): Promise<"swapped" | "moved" | "fenced"> {
      assert.equal(row.node, from.node);
      const { subject } = row;
      return database.transaction(subject, async (on) => {
        const [, , now] = await on.queryAll([...lockSubject(subject), standing(subject, row.node)]);
        const { fenced, revision } = now![0] as unknown as Standing;
        if (fenced) return "fenced";
        if (revision !== from.revision) return "moved";
        await on.commitWith([bumpChange(subject), replaceCall(row)]);
        return "swapped";
      });
    },

    async endSooner(
      subject: SubjectId,
      ends: readonly { readonly node: NodeId; readonly expiresAt: EpochMs }[],
    ): Promise<number> {
      const values = [
        subject,
        ends.map(({ node }) => node),
        ends.map(({ expiresAt }) => String(expiresAt)),
      ];
      const calls = [...lockSubject(subject), { text: END_SOONER, values }];
      return (await database.write(subject, calls)).at(-1)!.length;
    },
  };
}

export function insertCall({ subject, rows, derivations, idempotency, now }: NodeInsert): Call {
  const { json, sealed } = encodeRows(rows);
  return {
    text: "SELECT insert_nodes($1, $2, $3, $4, $5, $6, $7, $8) AS inserted",
    values: [
      subject,
      json,
      sealed,
      derivations.length === 0 ? null : JSON.stringify(derivations),
      eventsJson(rows),
      idempotency?.tag ?? null,
      idempotency?.until ?? null,
      now,
    ],
  };
}

/** The readable parts as JSON; what is sealed end to end, and where each part of it is. */
function encodeRows(rows: readonly NodeRow[]): { json: string; sealed: Uint8Array } {
  const parts: Uint8Array[] = [];
  // SQL counts from 1.
  let end = 1;
  const placed = (bytes: Uint8Array): number => {
    parts.push(bytes);
    end += bytes.length;
    return end - bytes.length;
  };
  const readable = rows.map((row) => ({
    node_id: row.node,
    revision: row.revision,
    kind: row.kind,
    category: row.category,
    categories: row.categories,
    purposes: row.purposes,
    special: row.special,
    phi: row.phi,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
    expires_at: row.expiresAt,
    session_id: row.session,
    position: row.position,
    deriver: row.deriver,
    replay_tag: row.replayTag && hexText(row.replayTag),
    body_at: placed(row.body),
    body_size: row.body.length,
    vector_at: row.embedding && placed(row.embedding),
    vector_size: row.embedding && row.embedding.length,
  }));
  return { json: JSON.stringify(readable), sealed: Buffer.concat(parts) };
}

interface Standing {
  readonly fenced: boolean;
  readonly revision: number | null;
}

const standing = (subject: SubjectId, node: NodeId): Call => ({
  text: `
    SELECT EXISTS (SELECT FROM subject_fence WHERE subject_id = $1) AS fenced,
      (SELECT revision FROM node WHERE subject_id = $1 AND node_id = $2) AS revision`,
  values: [subject, node],
});

const replaceCall = (row: NodeRow): Call => ({
  text: `
    UPDATE node SET revision = $3, kind = $4, category = $5, categories = $6, purposes = $7,
      special = $8, phi = $9, created_at = $10, updated_at = $11, expires_at = $12,
      session_id = $13, position = $14, deriver = $15, replay_tag = $16, body = $17,
      embedding = $18,
      change = (SELECT change FROM subject_change WHERE subject_id = $1)
    WHERE subject_id = $1 AND node_id = $2`,
  values: [
    row.subject,
    row.node,
    row.revision,
    row.kind,
    row.category,
    row.categories,
    row.purposes,
    row.special,
    row.phi,
    row.createdAt,
    row.updatedAt,
    row.expiresAt,
    row.session,
    row.position,
    row.deriver,
    row.replayTag,
    row.body,
    row.embedding,
  ],
});

const END_SOONER = `
  UPDATE node SET expires_at = sooner.ends
  FROM (
    SELECT node_id, min(ends) AS ends FROM unnest($2::text[], $3::bigint[]) AS each (node_id, ends)
    GROUP BY node_id) AS sooner
  WHERE node.subject_id = $1 AND node.node_id = sooner.node_id
    AND (node.expires_at IS NULL OR node.expires_at > sooner.ends)
  RETURNING true AS moved`;
