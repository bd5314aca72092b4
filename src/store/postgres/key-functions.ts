import { DIRECTORY_FUNCTIONS } from "./key-directory-functions.ts";
import { SHRED_FUNCTIONS } from "./key-shred-functions.ts";

/*
 * Why keys and fences stay true, under READ COMMITTED and between processes.
 *
 * - A mint, a shred and a replacement of one subject meet at its row of `subject_key`. A mint locks
 *   it FOR SHARE before it looks at anything, shreds and replacements FOR UPDATE, each until its
 *   commit. Functions are VOLATILE: every statement in them has a snapshot of its own, and one
 *   behind the lock sees all that earlier holders committed. So a mint either commits before a
 *   shred looks, which then deletes its keys, or finds the fence.
 * - Where there is no row to lock, there is nothing that a mint may be wrapped under: it answers
 *   without writing. No row comes to be for an id that was fenced: ids are drawn once.
 * - FOR SHARE, so that mints of one subject run side by side; FOR KEY SHARE would let an UPDATE of
 *   the version pass. No one asks for more than it holds, so nobody waits in a ring for this row.
 * - What is wrapped under an epoch is inserted while `hold_epoch` holds that one. `begin_epoch` locks
 *   what it holds: it waits for those inserts, and later ones find that it retires.
 * - Where the server's default isolation is stricter, a statement behind the lock would see what
 *   was before it; but then locking a row that has changed since is an error, and the write runs
 *   again.
 */

/**
 * Whether no fence is over a row of `node_key`: over its node, over its revision, or over the
 * subject, unless the node is held. Lists that are read once, so that it costs little a row.
 */
export const unfenced = (subject: string): string => {
  const fences = `SELECT key_id FROM key_fence WHERE subject_id = ${subject}`;
  return `(node_id NOT IN (${fences}) AND node_id || '#' || revision NOT IN (${fences})
    AND (NOT EXISTS (${fences} AND key_id = '*') OR node_id IN (
      SELECT unnest(held) FROM key_fence WHERE subject_id = ${subject} AND key_id = '*')))`;
};

/** Whether a fence that holds nothing is over the subject: a key of its own was put back. */
export const erased = (subject: string): string =>
  `EXISTS (SELECT FROM key_fence WHERE key_fence.subject_id = ${subject} AND key_id = '*'
    AND held = '{}')`;

/** In the order of its checks: what was erased is never said to be absent or present. */
const INSERT_NODE_KEYS = `
  CREATE FUNCTION insert_node_keys(of_subject text, of_version int, at_time bigint, nodes text[],
    revisions int[], wraps bytea[])
  RETURNS text LANGUAGE plpgsql VOLATILE AS $body$
  DECLARE
    current_version int;
    names text[];
  BEGIN
    SELECT version INTO current_version FROM subject_key
    WHERE subject_id = of_subject FOR SHARE;

    IF EXISTS (SELECT FROM key_fence WHERE subject_id = of_subject) THEN
      names := ARRAY['*'] || nodes || ARRAY(
        SELECT node || '#' || revision FROM unnest(nodes, revisions) AS new (node, revision));
      IF EXISTS (
        SELECT FROM key_fence WHERE subject_id = of_subject AND key_id = ANY (names)) THEN
        RETURN 'fenced';
      END IF;
    END IF;
    IF current_version IS NULL THEN RETURN 'subject-unknown'; END IF;
    IF current_version <> of_version THEN RETURN 'subject-key-changed'; END IF;

    -- From the locked row, so that a cluster does it all where that row stands.
    INSERT INTO node_key
    SELECT subject_key.subject_id, new.node, new.revision, of_version, at_time, new.wrapped
    FROM subject_key, unnest(nodes, revisions, wraps) AS new (node, revision, wrapped)
    WHERE subject_key.subject_id = of_subject
    ORDER BY new.node, new.revision;
    RETURN 'inserted';
  EXCEPTION WHEN unique_violation THEN
    -- One of them is there, or was made beside this one. Nothing of this one stays.
    RETURN 'present';
  END $body$;`;

/**
 * Takes the new subject key only if every node key there is was wrapped for it. Nothing is added
 * behind the lock; what is dropped meanwhile stays away, because keys are updated, never inserted.
 * What is behind a fence was put back by somebody, and goes.
 *
 * Without nested loops: a plan from when the table was small would compare every row with every one.
 */
const REPLACE_SUBJECT_KEY = `
  CREATE FUNCTION replace_subject_key(of_subject text, of_version int, of_epoch int,
    new_epoch int, new_key bytea, nodes text[], revisions int[], olds bytea[], wraps bytea[])
  RETURNS text LANGUAGE plpgsql VOLATILE SET enable_nestloop = off AS $body$
  BEGIN
    PERFORM FROM subject_key WHERE subject_id = of_subject FOR UPDATE;
    DELETE FROM subject_key WHERE subject_id = of_subject AND ${erased("of_subject")};
    PERFORM FROM subject_key
    WHERE subject_id = of_subject AND version = of_version AND epoch = of_epoch;
    IF NOT FOUND THEN RETURN 'subject-key-changed'; END IF;

    DELETE FROM node_key WHERE subject_id = of_subject AND NOT ${unfenced("of_subject")};
    IF EXISTS (
      SELECT FROM node_key WHERE subject_id = of_subject
        AND (node_id, revision, wrapped) NOT IN (SELECT * FROM unnest(nodes, revisions, olds))) THEN
      RETURN 'node-keys-added';
    END IF;

    UPDATE subject_key SET version = version + 1, epoch = new_epoch, wrapped = new_key,
      dirty = false
    WHERE subject_id = of_subject;
    UPDATE node_key SET sk_version = of_version + 1, wrapped = new.wrapped
    FROM unnest(nodes, revisions, wraps) AS new (node, revision, wrapped)
    WHERE subject_id = of_subject AND node_id = new.node AND node_key.revision = new.revision
      AND sk_version = of_version;
    RETURN 'replaced';
  END $body$;`;

/** What the keys schema does by itself. They run with their caller's rights. */
export const KEY_FUNCTIONS = [
  DIRECTORY_FUNCTIONS,
  INSERT_NODE_KEYS,
  REPLACE_SUBJECT_KEY,
  SHRED_FUNCTIONS,
].join("\n");
