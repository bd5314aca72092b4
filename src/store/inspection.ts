import type { EpochMs, SubjectId } from "#kernel";

/** What the tables say, read past the code that keeps them: counts, and ids of people at most. */
export interface Inspection {
  /** What stands in the files otherwise than this version's steps make it. */
  readonly schema: readonly SchemaFault[];
  readonly objects: number;
  readonly counts: Readonly<Record<CountName, number>>;
  /** People who were fenced, and have nodes: a hold or an unfinished act must say why. */
  readonly fencedWithNodes: readonly SubjectId[];
  /** Every controller's open cases, without whose they are; the oldest first. */
  readonly openCases: readonly OpenCase[];
}

/** What is readable of a case that is open. */
export interface OpenCase {
  readonly kind: string;
  readonly openedAt: number;
  readonly dueAt: number | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface SchemaFault {
  readonly database: InspectedDatabase;
  /** As it is named there: a table, an index, a trigger, a policy of rows. */
  readonly object: string;
  readonly fault: "missing" | "unknown" | "changed";
}

export type InspectedDatabase = "memory" | "keys" | "audit";

interface Counting {
  readonly database: InspectedDatabase;
  /** For both engines; `$1` is now, `$2` what was due and is late. */
  readonly sql: string;
}

/** An act that has not ended after so long stands still. */
const LATE_MS = 24 * 60 * 60 * 1000;

/** Fenced people who are named; more are beyond naming. */
const FENCED_MAX = 1000;

/** Rows that must not be. Each is 0 in a store that nobody touched. */
const COUNTS = {
  derivationsWithoutEnd: {
    database: "memory",
    sql: `SELECT count(*) AS found FROM derivation WHERE
      NOT EXISTS (SELECT 1 FROM node WHERE node.subject_id = derivation.subject_id
        AND node.node_id = derivation.derived_id)
      OR NOT EXISTS (SELECT 1 FROM node WHERE node.subject_id = derivation.subject_id
        AND node.node_id = derivation.source_id)`,
  },
  derivedWithoutSource: {
    database: "memory",
    sql: `SELECT count(*) AS found FROM node WHERE kind <> 'memory'
      AND NOT EXISTS (SELECT 1 FROM derivation WHERE derivation.subject_id = node.subject_id
        AND derivation.derived_id = node.node_id)`,
  },
  nodesAheadOfTheirChange: {
    database: "memory",
    sql: `SELECT count(*) AS found FROM node WHERE NOT EXISTS (SELECT 1 FROM subject_change
      WHERE subject_change.subject_id = node.subject_id AND subject_change.change >= node.change)`,
  },
  keysBehindFences: {
    database: "keys",
    sql: `SELECT count(*) AS found FROM node_key JOIN key_fence
      ON key_fence.subject_id = node_key.subject_id AND key_fence.key_id IN
        (node_key.node_id, node_key.node_id || '#' || CAST(node_key.revision AS text))`,
  },
  keysOfTheErased: {
    database: "keys",
    sql: `SELECT count(*) AS found FROM subject_key JOIN key_fence
      ON key_fence.subject_id = subject_key.subject_id AND key_fence.key_id = '*'
      WHERE coalesce(CAST(key_fence.held AS text), '[]') IN ('[]', '{}')`,
  },
  namesWithoutKey: {
    database: "keys",
    sql: `SELECT count(*) AS found FROM directory JOIN key_fence
      ON key_fence.subject_id = directory.subject_id AND key_fence.key_id = '*'
      WHERE coalesce(CAST(key_fence.held AS text), '[]') IN ('[]', '{}')
        AND key_fence.erased_at < $2 AND $1 > 0`,
  },
  keysOfAnotherVersion: {
    database: "keys",
    sql: `SELECT count(*) AS found FROM node_key JOIN subject_key
      ON subject_key.subject_id = node_key.subject_id
      WHERE node_key.sk_version <> subject_key.version`,
  },
  erasuresStandingStill: {
    database: "audit",
    sql: `SELECT count(*) AS found FROM erasure
      WHERE stage = 'pending' AND started_at < $2 AND $1 > 0`,
  },
  queuedWithoutHold: {
    database: "audit",
    sql: `SELECT count(*) AS found FROM erasure_queue WHERE queued_at < $2 AND $1 > 0
      AND NOT EXISTS (SELECT 1 FROM hold WHERE hold.subject_id = erasure_queue.subject_id)`,
  },
  consentsFromTheFuture: {
    database: "audit",
    sql: `SELECT count(*) AS found FROM consent WHERE collected_at > $1 + ($1 - $2)`,
  },
  evidenceOfNoConsent: {
    database: "audit",
    sql: `SELECT count(*) AS found FROM consent_evidence WHERE NOT EXISTS (
      SELECT 1 FROM consent WHERE consent.subject_id = consent_evidence.subject_id
        AND consent.consent_id = consent_evidence.consent_id)`,
  },
  daysOverspent: {
    database: "audit",
    sql: "SELECT count(*) AS found FROM tally_spent WHERE spent > day_limit",
  },
} as const satisfies Record<string, Counting>;

export type CountName = keyof typeof COUNTS;

const COUNT_NAMES = Object.keys(COUNTS) as readonly CountName[];

const FENCED_WITH_NODES = `
  SELECT DISTINCT node.subject_id AS subject FROM node
  JOIN subject_fence ON subject_fence.subject_id = node.subject_id
  ORDER BY subject LIMIT ${FENCED_MAX}`;

/** Cases that are read; more are beyond reading one by one. */
const CASES_MAX = 10_000;

const OPEN_CASES = `
  SELECT kind, opened_at AS "openedAt", due_at AS "dueAt", facts FROM case_file
  WHERE closed_at IS NULL ORDER BY opened_at, case_id LIMIT ${CASES_MAX}`;

function readCase(row: Readonly<Record<string, unknown>>): OpenCase {
  const { kind, openedAt, dueAt, facts } = row as unknown as OpenCase & { readonly facts: string };
  return { kind, openedAt, dueAt, facts: JSON.parse(facts) as OpenCase["facts"] };
}

/** How one engine answers. */
export interface Inspected {
  /** Rows of a statement as it stands here: `$1` and `$2` are numbers. */
  rows<Row>(
    database: InspectedDatabase,
    sql: string,
    values: readonly number[],
  ): Promise<readonly Row[]>;
  /** The live schema beside the one that this version makes. */
  compare(database: InspectedDatabase): Promise<Compared>;
}

export interface Compared {
  readonly faults: readonly SchemaFault[];
  readonly objects: number;
}

export const INSPECTED: readonly InspectedDatabase[] = ["memory", "keys", "audit"];

export async function inspection(engine: Inspected, now: EpochMs): Promise<Inspection> {
  const schemas: Compared[] = [];
  for (const name of INSPECTED) schemas.push(await engine.compare(name));
  const counts: [CountName, number][] = [];
  for (const name of COUNT_NAMES) counts.push([name, await countOf(engine, COUNTS[name], now)]);
  const fenced = await engine.rows<{ subject: SubjectId }>("memory", FENCED_WITH_NODES, []);
  const cases = await engine.rows<Readonly<Record<string, unknown>>>("audit", OPEN_CASES, []);
  return {
    schema: schemas.flatMap(({ faults }) => faults),
    objects: schemas.reduce((sum, { objects }) => sum + objects, 0),
    counts: Object.fromEntries(counts) as Record<CountName, number>,
    fencedWithNodes: fenced.map(({ subject }) => subject),
    openCases: cases.map(readCase),
  };
}

async function countOf(
  engine: Inspected,
  { database, sql }: Counting,
  now: EpochMs,
): Promise<number> {
  const times = [now, now - LATE_MS].slice(0, sql.includes("$2") ? 2 : sql.includes("$1") ? 1 : 0);
  const [row] = await engine.rows<{ found: number }>(database, sql, times);
  return row!.found;
}
