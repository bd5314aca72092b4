/**
 * Why nothing may be inserted, as {@link Inserted}, or null.
 *
 * The subject's fence comes first: "known" would say that something is kept, when it is on its way
 * out. A live node comes before a replay fence of its event: the fence may be that of another
 * person whom the same event was about. One that is live for other purposes only is passed over:
 * whether there is one must make no difference.
 *
 * STABLE, so that all of it sees the snapshot of the statement that asks.
 */
const REFUSAL = `
  CREATE FUNCTION refusal(of_subject text, events json, call_tag bytea, at_time bigint)
  RETURNS json LANGUAGE plpgsql STABLE AS $body$
  DECLARE
    nodes json;
    strange bytea[];
  BEGIN
    IF EXISTS (SELECT FROM subject_fence WHERE subject_id = of_subject) THEN
      RETURN '{"status":"fenced"}';
    END IF;
    IF call_tag IS NOT NULL THEN
      SELECT json_agg(node_id ORDER BY position) INTO nodes FROM idempotency
      WHERE subject_id = of_subject AND tag = call_tag AND until > at_time;
      IF nodes IS NOT NULL THEN
        RETURN json_build_object('status', 'known', 'nodes', nodes);
      END IF;
      strange := ARRAY[call_tag];
    END IF;
    IF events IS NOT NULL THEN
      SELECT json_agg(DISTINCT live.node_id) FILTER (WHERE live.node_id IS NOT NULL),
        strange || array_agg(event.tag) FILTER (WHERE live.node_id IS NULL)
      INTO nodes, strange
      FROM json_to_recordset(events) AS event (tag bytea, purposes text[])
      -- OFFSET 0: one look into the index for each event, never one at all that the subject has.
      LEFT JOIN LATERAL (
        SELECT node_id FROM node WHERE subject_id = of_subject AND replay_tag = event.tag
          AND node.purposes && event.purposes OFFSET 0) AS live ON true;
    END IF;
    IF strange IS NOT NULL AND EXISTS (
      SELECT FROM replay_fence WHERE tag = ANY(strange) AND until > at_time) THEN
      RETURN '{"status":"replay-of-erased"}';
    END IF;
    IF nodes IS NOT NULL THEN
      RETURN json_build_object('status', 'known', 'nodes', nodes);
    END IF;
    RETURN NULL;
  END $body$;`;

/**
 * A whole insert, so that it is one round trip. VOLATILE: under READ COMMITTED each of its
 * statements has a snapshot of its own, and those after the lock see all that was committed before
 * it was granted.
 */
const INSERT_NODES = `
  CREATE FUNCTION insert_nodes(of_subject text, new_rows json, sealed bytea, links json,
    events json, call_tag bytea, call_until bigint, at_time bigint)
  RETURNS json LANGUAGE plpgsql VOLATILE AS $body$
  DECLARE
    refused json;
    number bigint;
  BEGIN
    PERFORM FROM subject_change WHERE subject_id = of_subject FOR UPDATE;
    IF NOT FOUND THEN
      INSERT INTO subject_change (subject_id, change) VALUES (of_subject, 0)
      ON CONFLICT DO NOTHING;
      PERFORM FROM subject_change WHERE subject_id = of_subject FOR UPDATE;
    END IF;

    refused := refusal(of_subject, events, call_tag, at_time);
    IF refused IS NOT NULL THEN RETURN refused; END IF;

    IF links IS NOT NULL AND EXISTS (
      SELECT FROM json_to_recordset(links) AS link (source text, "sourceRevision" int)
      WHERE NOT EXISTS (
        SELECT FROM json_to_recordset(new_rows) AS own (node_id text, revision int)
        WHERE own.node_id = link.source AND own.revision = link."sourceRevision")
      AND NOT EXISTS (
        SELECT FROM node WHERE node.subject_id = of_subject
          AND node.node_id = link.source AND node.revision = link."sourceRevision")) THEN
      RETURN '{"status":"source-gone"}';
    END IF;

    UPDATE subject_change SET change = change + 1 WHERE subject_id = of_subject
    RETURNING change INTO number;
    -- From the locked row, so that a cluster does it all where that row stands.
    INSERT INTO node (subject_id, node_id, revision, kind, category, categories, purposes,
      special, phi, created_at, updated_at, expires_at, session_id, position, deriver, change,
      replay_tag, body, embedding)
    SELECT own.subject_id, new.node_id, new.revision, new.kind, new.category, new.categories,
      new.purposes, new.special, new.phi, new.created_at, new.updated_at, new.expires_at,
      new.session_id, new.position, new.deriver, number, new.replay_tag,
      substring(sealed FROM new.body_at FOR new.body_size),
      substring(sealed FROM new.vector_at FOR new.vector_size)
    FROM subject_change AS own, json_to_recordset(new_rows)
      AS new (node_id text, revision int, kind text, category text,
      categories text[], purposes text[], special boolean, phi boolean, created_at bigint,
      updated_at bigint, expires_at bigint, session_id text, position int, deriver text,
      replay_tag bytea, body_at int, body_size int, vector_at int, vector_size int)
    WHERE own.subject_id = of_subject;

    IF links IS NOT NULL THEN
      INSERT INTO derivation (subject_id, derived_id, position, source_id, source_revision, change)
      SELECT own.subject_id, link.derived, link.position, link.source, link."sourceRevision",
        number
      FROM subject_change AS own, json_to_recordset(links)
        AS link (derived text, position int, source text, "sourceRevision" int)
      WHERE own.subject_id = of_subject;
    END IF;
    IF call_tag IS NOT NULL THEN
      -- What an older call left under it is over.
      DELETE FROM idempotency WHERE subject_id = of_subject AND tag = call_tag;
      INSERT INTO idempotency (subject_id, tag, position, node_id, until)
      SELECT own.subject_id, call_tag, at - 1, node_id, call_until
      FROM subject_change AS own, ROWS FROM (json_to_recordset(new_rows) AS (node_id text))
        WITH ORDINALITY AS new (node_id, at)
      WHERE own.subject_id = of_subject;
    END IF;
    RETURN '{"status":"inserted"}';
  END $body$;`;

/** What the memory schema does by itself. They run with their caller's rights. */
export const MEMORY_FUNCTIONS = `${REFUSAL}\n${INSERT_NODES}`;
