import type { EpochMs, SubjectId } from "#kernel";
import type {
  KeyStore,
  Minted,
  NewNodeKey,
  NodeKeyRef,
  NodeKeyRow,
  NodeKeysInserted,
  SubjectKeyRow,
} from "#keys";

import type { Value } from "./batch.ts";
import type { Call, Database } from "./database.ts";
import { erased, unfenced } from "./key-functions.ts";
import { hexText } from "./memory-row.ts";

/** One statement, so that both kinds of rows are of one snapshot. The subject's key comes first. */
const SUBJECT_AND_NODES = `
  SELECT NULL AS node, NULL AS revision, tenant, version, epoch, wrapped, dirty
  FROM subject_key WHERE subject_id = $1 AND NOT ${erased("$1")}
  UNION ALL
  SELECT node_id, revision, NULL, sk_version, NULL, wrapped, NULL
  FROM node_key WHERE subject_id = $1 AND ${unfenced("$1")}`;

/** By the index, whatever the statistics say; then by a list that is read once, not for each row. */
const NAMED = `node_id = ANY ($2::text[])
  AND ((node_id, revision) IN (SELECT * FROM unnest($2::text[], $3::int[]))) IS TRUE`;

/** Node keys. */
export function keyNodes(database: Database) {
  return {
    async insertNodeKeys(
      subject: SubjectId,
      version: number,
      at: EpochMs,
      keys: readonly NewNodeKey[],
    ): Promise<NodeKeysInserted> {
      const [rows] = await database.write(subject, [
        insertNodeKeys({ subject, version, at, rows: keys }),
      ]);
      return rows![0]!["outcome"] as NodeKeysInserted;
    },

    async nodeKeys(
      subject: SubjectId,
      refs?: readonly NodeKeyRef[],
    ): ReturnType<KeyStore["nodeKeys"]> {
      const rows = await database.read<KeyRow>(subject, {
        text: refs === undefined ? SUBJECT_AND_NODES : `${SUBJECT_AND_NODES} AND ${NAMED}`,
        values: [subject, ...(refs === undefined ? [] : named(refs))],
      });
      const nodes: NodeKeyRow[] = [];
      let subjectKey: SubjectKeyRow | null = null;
      for (const { node, revision, version, wrapped, ...rest } of rows) {
        if (node === null) subjectKey = { subject, version, wrapped, ...rest };
        else nodes.push({ node, revision, subjectKeyVersion: version, wrapped });
      }
      return subjectKey && { subjectKey, nodes };
    },

    /** Fenced rows as well: a look at what is there must not take a fence's word for it. */
    async liveRefs(subject: SubjectId, mintedBefore?: EpochMs): Promise<readonly NodeKeyRef[]> {
      const text = `
        SELECT node_id AS node, revision FROM node_key
        WHERE subject_id = $1 AND created_at < $2
          AND EXISTS (SELECT FROM subject_key WHERE subject_id = $1)`;
      const values = [subject, mintedBefore ?? Number.MAX_SAFE_INTEGER];
      return database.read<NodeKeyRef>(subject, { text, values });
    },

    async dropNodeKeys(subject: SubjectId, refs: readonly NodeKeyRef[]): Promise<void> {
      const text = `DELETE FROM node_key WHERE subject_id = $1 AND ${NAMED}`;
      await database.write(subject, [{ text, values: [subject, ...named(refs)] }]);
    },
  };
}

export function insertNodeKeys({ subject, version, at, rows }: Minted): Call {
  const wraps = rows.map(({ wrapped }) => hexText(wrapped));
  return {
    text: "SELECT insert_node_keys($1, $2, $3, $4::text[], $5::int[], $6::bytea[]) AS outcome",
    values: [subject, version, at, ...named(rows), wraps],
  };
}

type KeyRow = Omit<SubjectKeyRow, "subject"> & NodeKeyRef;

const named = (refs: readonly NodeKeyRef[]): Value[] => [
  refs.map(({ node }) => node),
  refs.map(({ revision }) => String(revision)),
];
