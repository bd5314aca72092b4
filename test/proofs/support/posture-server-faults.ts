import { REGION } from "./region.ts";

const OLD = 1_000_000_000_000;

/** What is wrong with an installation on a server, and what has to see it; one that can be undone is undone before the next is planted. */
export interface ServerFault {
  readonly fault: string;
  readonly seenBy: string;
  readonly database: "memory" | "keys" | "audit";
  readonly plant: string;
  readonly undo?: string;
}

const AUDIT_ROLE = `"oubli_${REGION}_audit"`;

export const SERVER_FAULTS: readonly ServerFault[] = [
  {
    fault: "the application may remove history",
    seenBy: "server-guards-rows",
    database: "audit",
    plant: `GRANT DELETE ON audit_leaf TO ${AUDIT_ROLE}`,
    undo: `REVOKE DELETE ON audit_leaf FROM ${AUDIT_ROLE}`,
  },
  {
    fault: "row-level security is off",
    seenBy: "server-guards-rows",
    database: "memory",
    plant: "ALTER TABLE node DISABLE ROW LEVEL SECURITY",
    undo: "ALTER TABLE node ENABLE ROW LEVEL SECURITY",
  },
  {
    fault: "an index is missing",
    seenBy: "schema-as-made",
    database: "memory",
    plant: "DROP INDEX node_list",
    undo: "CREATE INDEX node_list ON node (subject_id, created_at DESC, node_id)",
  },
  {
    fault: "a table with a copy of everybody",
    seenBy: "schema-as-made",
    database: "memory",
    plant: "CREATE TABLE report AS SELECT * FROM node",
    undo: "DROP TABLE report",
  },
  {
    fault: "health information without its label",
    seenBy: "health-is-labelled",
    database: "memory",
    plant: "UPDATE node SET phi = false",
  },
  {
    fault: "memories whose end was taken away",
    seenBy: "every-memory-has-its-end",
    database: "memory",
    plant: "UPDATE node SET expires_at = NULL",
  },
  {
    fault: "memories moved to a purpose that nobody declared",
    seenBy: "purposes-are-declared",
    database: "memory",
    plant: "UPDATE node SET purposes = ARRAY['ghost']",
  },
  {
    fault: "a source that vanished from under what was made of it",
    seenBy: "nothing-left-behind",
    database: "memory",
    plant: "DELETE FROM node WHERE kind = 'memory'",
  },
  {
    fault: "the key of an erased person was put back",
    seenBy: "no-key-behind-a-fence",
    database: "keys",
    plant: `INSERT INTO subject_key SELECT (SELECT subject_id FROM key_fence WHERE key_id = '*'),
      tenant, version, epoch, wrapped, dirty FROM subject_key LIMIT 1`,
  },
  {
    fault: "a consent was turned round",
    seenBy: "log-tells-the-gates",
    database: "audit",
    plant: "UPDATE consent SET granted = NOT granted",
  },
  {
    fault: "an entry of the ledger was rewritten",
    seenBy: "log-whole",
    database: "audit",
    plant: "UPDATE audit_bytes SET entry = '\\x7b7d' WHERE log_id = 'ledger' AND idx = 3",
  },
  {
    fault: "an authority that nobody told in time",
    seenBy: "notice-cases-in-time",
    database: "audit",
    plant: `INSERT INTO case_file VALUES ('cas_planted', 'notice', 'default', NULL, NULL, 'open', 0,
      ${OLD}, NULL, NULL, NULL, '{"deadline":${OLD},"doneAt":null}', NULL, NULL, NULL)`,
  },
];
