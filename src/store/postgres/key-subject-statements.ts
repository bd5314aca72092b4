import type { SubjectId } from "#kernel";
import {
  keyName,
  type NodeKeyRow,
  type Page,
  type Rewrapped,
  type SubjectKeyReplaced,
  type SubjectKeyReplacement,
  type SubjectKeyRow,
} from "#keys";

import type { Value } from "./batch.ts";
import { EVERY_SUBJECT, type Call, type Database, type Row } from "./database.ts";
import { erased, unfenced } from "./key-functions.ts";
import { hexText } from "./memory-row.ts";

const COLUMNS = "subject_id AS subject, tenant, version, epoch, wrapped, dirty";

const REMOVE_ERASED = `
  DELETE FROM subject_key WHERE subject_id = $1 AND ${erased("subject_key.subject_id")}`;

const REWRAP = `
  UPDATE subject_key SET epoch = $4, wrapped = $5
  WHERE subject_id = $1 AND version = $2 AND epoch = $3 AND NOT dirty
  RETURNING subject_id`;

const REPLACE = `
  SELECT replace_subject_key($1, $2, $3, $4, $5, $6::text[], $7::int[], $8::bytea[],
    $9::bytea[]) AS outcome`;

/** From here to the commit nothing is minted. */
const LOCK = "SELECT 1 FROM subject_key WHERE subject_id = $1 AND version = $2 FOR UPDATE";

/** By a list that is read once; without those that a replacement deletes. */
const LATE = `
  SELECT node_id AS node, revision, sk_version AS "subjectKeyVersion", wrapped FROM node_key
  WHERE subject_id = $1 AND ${unfenced("$1")}
    AND (node_id, revision, wrapped) NOT IN (
      SELECT * FROM unnest($2::text[], $3::int[], $4::bytea[]))`;

type Move = Rewrapped & { readonly subject: SubjectId; readonly version: number };

/** Subject keys, and their move to the next epoch. */
export function keySubjects(database: Database) {
  return {
    async subjects(
      tenant: string | null,
      { after, limit }: Page<SubjectId>,
    ): Promise<readonly SubjectId[]> {
      const own = tenant === null ? "" : "AND tenant = $3";
      const text = `
        SELECT subject_id AS subject FROM subject_key WHERE subject_id > $1 ${own}
        ORDER BY subject_id LIMIT $2`;
      const values = [after ?? "", limit, ...(tenant === null ? [] : [tenant])];
      const rows = await database.read<{ subject: SubjectId }>(EVERY_SUBJECT, { text, values });
      return rows.map(({ subject }) => subject);
    },

    async subjectKey(subject: SubjectId): Promise<SubjectKeyRow | null> {
      const text = `
        SELECT ${COLUMNS} FROM subject_key WHERE subject_id = $1 AND NOT ${erased("$1")}`;
      const [row] = await database.read<SubjectKeyRow>(subject, { text, values: [subject] });
      return row ?? null;
    },

    subjectKeysUnder(
      epoch: number,
      { after, limit }: Page<SubjectId>,
    ): Promise<readonly SubjectKeyRow[]> {
      const text = `
        SELECT ${COLUMNS} FROM subject_key WHERE epoch = $1 AND subject_id > $2
        ORDER BY subject_id LIMIT $3`;
      return database.read<SubjectKeyRow>(EVERY_SUBJECT, {
        text,
        values: [epoch, after ?? "", limit],
      });
    },

    /** In the order of their ids: two that move the same rows never wait for each other in a ring. */
    async rewrapSubjectKeys(moves: readonly Move[]): Promise<number> {
      const ordered = [...moves].sort((a, b) => (a.subject < b.subject ? -1 : 1));
      const calls = ordered.flatMap(({ subject, version, from, to, wrapped }): Call[] => [
        { text: REMOVE_ERASED, values: [subject] },
        { text: REWRAP, values: [subject, version, from, to, wrapped] },
      ]);
      if (calls.length === 0) return 0;
      return (await database.write(EVERY_SUBJECT, calls)).flat().length;
    },

    async replaceSubjectKey(order: SubjectKeyReplacement): Promise<SubjectKeyReplaced> {
      const { subject, version, nodes, wrapLate } = order;
      if (wrapLate === undefined) {
        return outcomeOf(await database.write(subject, [replaceCall(order, nodes)]));
      }
      return database.transaction(subject, async (on) => {
        const locked = await on.query({ text: LOCK, values: [subject, version] });
        const look = { text: LATE, values: [subject, ...readOf(nodes)] };
        // Under another version they are somebody else's to wrap, and the replacement says so.
        const rows = locked.length === 0 ? [] : await on.query<NodeKeyRow>(look);
        const late = new Map(rows.map((old) => [keyName(old), { old, wrapped: wrapLate(old) }]));
        // One that was dropped and minted again is in both: the one that is there counts.
        const still = nodes.filter(({ old }) => !late.has(keyName(old)));
        return outcomeOf(await on.commitWith([replaceCall(order, [...still, ...late.values()])]));
      });
    },
  };
}

type Nodes = SubjectKeyReplacement["nodes"];

function replaceCall(order: SubjectKeyReplacement, nodes: Nodes): Call {
  const { subject, version, from, to, wrapped } = order;
  const wraps = nodes.map((node) => hexText(node.wrapped));
  const values = [subject, version, from, to, wrapped, ...readOf(nodes), wraps];
  return { text: REPLACE, values };
}

/** The keys as they were read. */
const readOf = (nodes: Nodes): Value[] => [
  nodes.map(({ old }) => old.node),
  nodes.map(({ old }) => String(old.revision)),
  nodes.map(({ old }) => hexText(old.wrapped)),
];

const outcomeOf = ([rows]: Row[][]): SubjectKeyReplaced =>
  rows![0]!["outcome"] as SubjectKeyReplaced;
