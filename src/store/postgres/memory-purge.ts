import { HOUR_MS, type EpochMs, type NodeId, type SubjectId } from "#kernel";
import { addRemoved, NOTHING_REMOVED, type MemoryStore, type Purged, type Removed } from "#memory";

import { bumpChange, lockSubject } from "./change-statements.ts";
import type { Call, Database, Row, Transaction } from "./database.ts";
import { madeFromCall } from "./derivation-statements.ts";

type Batch = Parameters<MemoryStore["purgeSubject"]>[1];
type BatchPurged = Awaited<ReturnType<MemoryStore["purgeSubject"]>>;

const FENCE_EVENTS = `
  SELECT replay_tag AS tag, $3::bigint AS until FROM node
  WHERE subject_id = $1 AND node_id = ANY($2::text[]) AND replay_tag IS NOT NULL`;

// A retried call must not bring back what was erased meanwhile. The end is rounded up: to the
// millisecond it would say which call it was.
const FENCE_RETRIES = `
  SELECT tag, (until + ${HOUR_MS - 1}) / ${HOUR_MS} * ${HOUR_MS} FROM idempotency
  WHERE subject_id = $1 AND node_id = ANY($2::text[])`;

/** All of them in one statement, in the order of their tags: two purges never wait in a ring. */
const fenceAll = (sources: string): string => `
  INSERT INTO replay_fence AS fence
  SELECT tag, max(until) FROM (${sources}) AS each GROUP BY tag ORDER BY tag
  ON CONFLICT (tag) DO UPDATE SET until = excluded.until WHERE fence.until < excluded.until`;

const FENCE_NODES = fenceAll(`${FENCE_EVENTS} UNION ALL ${FENCE_RETRIES}`);
// A subject that is erased whole has its own fence, and needs none for its calls.
const FENCE_SUBJECT = fenceAll(FENCE_EVENTS);

/** Deletes a subject's rows of one table, and counts them as `what`. */
const deletion = (what: keyof Removed, table: string, where: string): string => `
  WITH gone AS (DELETE FROM ${table} WHERE subject_id = $1 AND ${where} RETURNING 1)
  SELECT count(*) AS ${what} FROM gone`;

const LISTED = "ANY($2::text[])";
const HELD = "ALL($2::text[])";

const DELETE_NODES = `
  WITH gone AS (
    DELETE FROM node WHERE subject_id = $1 AND node_id = ${LISTED}
    RETURNING embedding IS NOT NULL AS embedded)
  SELECT count(*) AS nodes, count(*) FILTER (WHERE embedded) AS embeddings FROM gone`;
const DELETE_ANSWERS = deletion("idempotency", "idempotency", `node_id = ${LISTED}`);
const DELETE_MADE_OF = deletion("derivations", "derivation", `derived_id = ${LISTED}`);
const DELETE_MADE_INTO = deletion("derivations", "derivation", `source_id = ${LISTED}`);
/** Derivations from a listed node whose derived node is gone. After the nodes. */
const DELETE_ENDS = deletion(
  "derivations",
  "derivation",
  `source_id = ${LISTED} AND NOT EXISTS (
    SELECT FROM node WHERE node.subject_id = $1 AND node.node_id = derivation.derived_id)`,
);

const SELECT_BATCH = `
  SELECT node_id AS node FROM node WHERE subject_id = $1 AND node_id <> ${HELD}
  ORDER BY node_id LIMIT $3`;

/** At most so many rows of a table that no node of the subject accounts for. */
const rest = (what: keyof Removed, table: string, key: string, where: string): string =>
  deletion(
    what,
    table,
    `(${key}) IN (SELECT ${key} FROM ${table} WHERE subject_id = $1 AND ${where})`,
  );
const DELETE_REST_LINKS = rest(
  "derivations",
  "derivation",
  "derived_id, position",
  `(derived_id <> ${HELD} OR source_id <> ${HELD}) LIMIT $3`,
);
const DELETE_REST_SESSIONS = rest("sessions", "session", "tag", "true LIMIT $2");
const DELETE_REST_ANSWERS = rest("idempotency", "idempotency", "tag, position", "true LIMIT $2");

/** Removes nodes and everything that hangs on them. */
export function memoryPurge(database: Database) {
  return {
    /**
     * A derivation whose derived node is not listed stays until that node goes: after a crash,
     * the next purge finds the straggler by it once more.
     */
    purgeNodes: (
      subject: SubjectId,
      nodes: readonly NodeId[],
      fenceUntil: EpochMs,
    ): Promise<Purged> =>
      database.transaction(subject, async (on) => {
        const listed = [subject, nodes];
        const [, , made, , ...counts] = await on.queryAll([
          ...lockSubject(subject),
          madeFromCall(subject, nodes),
          { text: FENCE_NODES, values: [...listed, fenceUntil] },
          ...deleteAll(listed, [DELETE_NODES, DELETE_ANSWERS, DELETE_MADE_OF, DELETE_ENDS]),
        ]);
        const removed = sumOf(counts);
        await commit(on, subject, removed);
        return { removed, stragglers: made as unknown as Purged["stragglers"] };
      }),

    purgeSubject: (
      subject: SubjectId,
      { except, limit, fenceUntil }: Batch,
    ): Promise<BatchPurged> =>
      database.transaction(subject, async (on) => {
        const [, , batch] = await on.queryAll([
          ...lockSubject(subject),
          { text: SELECT_BATCH, values: [subject, except, limit] },
        ]);
        const nodes = (batch as unknown as { node: NodeId }[]).map(({ node }) => node);
        const listed = [subject, nodes];
        const [, ...counts] = await on.queryAll([
          { text: FENCE_SUBJECT, values: [...listed, fenceUntil] },
          ...deleteAll(listed, [DELETE_NODES, DELETE_ANSWERS, DELETE_MADE_OF, DELETE_MADE_INTO]),
        ]);
        let removed = sumOf(counts);
        let done = false;
        if (nodes.length < limit) {
          const others = sumOf(await on.queryAll(restCalls(subject, except, limit)));
          removed = addRemoved(removed, others);
          done = Object.values(others).every((count) => count < limit);
        }
        await commit(on, subject, removed);
        return { removed, done };
      }),
  };
}

const deleteAll = (values: Call["values"], texts: readonly string[]): Call[] =>
  texts.map((text) => ({ text, values }));

const restCalls = (subject: SubjectId, except: readonly NodeId[], limit: number): Call[] => [
  { text: DELETE_REST_LINKS, values: [subject, except, limit] },
  ...deleteAll([subject, limit], [DELETE_REST_SESSIONS, DELETE_REST_ANSWERS]),
];

function sumOf(answers: readonly Row[][]): Removed {
  const counts = answers.map(([row]) => ({ ...NOTHING_REMOVED, ...row }));
  return counts.reduce(addRemoved, NOTHING_REMOVED);
}

function commit(on: Transaction, subject: SubjectId, removed: Removed): Promise<Row[][]> {
  const changed = Object.values(removed).some((count) => count > 0);
  return on.commitWith(changed ? [bumpChange(subject)] : []);
}
