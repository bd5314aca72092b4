/**
 * Locks the subject, and answers the epoch whose end makes a shred of now final: its key's. A
 * subject without a key here may have one in an older copy, so the active epoch is the safe answer.
 */
const LOCK_FOR_SHRED = `
  CREATE FUNCTION lock_for_shred(of_subject text)
  RETURNS int LANGUAGE plpgsql VOLATILE AS $body$
  DECLARE
    found_epoch int;
  BEGIN
    SELECT epoch INTO found_epoch FROM subject_key WHERE subject_id = of_subject FOR UPDATE;
    IF FOUND THEN RETURN found_epoch; END IF;
    RETURN coalesce((SELECT epoch FROM epoch_key WHERE state = 'active'), 0);
  END $body$;`;

/**
 * Fences first, in the order of their names, then keys. A fence that is there keeps its time and
 * index; only where something behind it was left to delete, this shred's epoch counts as well.
 */
const SHRED_NODES = `
  CREATE FUNCTION shred_nodes(of_subject text, at_time bigint, of_index bigint, names text[],
    nodes text[])
  RETURNS int LANGUAGE plpgsql VOLATILE AS $body$
  DECLARE
    of_epoch int := lock_for_shred(of_subject);
    added bigint;
    late text[];
  BEGIN
    SELECT count(*) INTO added FROM unnest(names) AS name
    WHERE name NOT IN (SELECT key_id FROM key_fence WHERE subject_id = of_subject);
    INSERT INTO key_fence
    SELECT of_subject, name, at_time, of_index, of_epoch, NULL
    FROM (SELECT DISTINCT name COLLATE "C" AS name FROM unnest(names) AS name) AS named
    ORDER BY name
    ON CONFLICT DO NOTHING;

    WITH removed AS (
      DELETE FROM node_key WHERE subject_id = of_subject AND node_id = ANY (nodes)
        AND (node_id = ANY (names) OR node_id || '#' || revision = ANY (names))
      RETURNING node_id, revision)
    SELECT array_agg(node_id) || array_agg(node_id || '#' || revision) INTO late FROM removed;
    UPDATE key_fence SET epoch = of_epoch
    WHERE subject_id = of_subject AND key_id = ANY (names) AND key_id = ANY (late)
      AND epoch < of_epoch;

    IF added > 0 OR late IS NOT NULL THEN
      UPDATE subject_key SET dirty = true WHERE subject_id = of_subject;
    END IF;
    RETURN coalesce((
      SELECT max(epoch) FROM key_fence WHERE subject_id = of_subject AND key_id = ANY (names)), 0);
  END $body$;`;

/**
 * What is held shrinks only: a shred that is repeated with an older list brings nothing back. With
 * nothing held the subject's key goes, and its node keys are noise: one row, whatever its size.
 */
const SHRED_SUBJECT = `
  CREATE FUNCTION shred_subject(of_subject text, at_time bigint, of_index bigint, of_held text[])
  RETURNS int LANGUAGE plpgsql VOLATILE AS $body$
  DECLARE
    of_epoch int := lock_for_shred(of_subject);
    added boolean;
    removed boolean;
  BEGIN
    INSERT INTO key_fence VALUES (of_subject, '*', at_time, of_index, of_epoch, of_held)
    ON CONFLICT DO NOTHING;
    added := FOUND;
    IF NOT added THEN
      UPDATE key_fence
      SET held = ARRAY(SELECT unnest(held) INTERSECT SELECT unnest(of_held))
      WHERE subject_id = of_subject AND key_id = '*';
    END IF;

    IF cardinality(of_held) = 0 THEN
      DELETE FROM subject_key WHERE subject_id = of_subject;
    ELSE
      DELETE FROM node_key
      WHERE subject_id = of_subject AND node_id NOT IN (SELECT unnest(of_held));
    END IF;
    removed := FOUND;
    UPDATE key_fence SET epoch = of_epoch
    WHERE removed AND subject_id = of_subject AND key_id = '*' AND epoch < of_epoch;

    IF added OR removed THEN
      UPDATE subject_key SET dirty = true WHERE subject_id = of_subject;
    END IF;
    RETURN (SELECT epoch FROM key_fence WHERE subject_id = of_subject AND key_id = '*');
  END $body$;`;

/** Why they are safe stands beside {@link KEY_FUNCTIONS}. */
export const SHRED_FUNCTIONS = [LOCK_FOR_SHRED, SHRED_NODES, SHRED_SUBJECT].join("\n");
