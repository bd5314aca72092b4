/** In the own schema's name. Taken before any row of `epoch_key`. */
const EPOCH_LOCK = "hashtextextended(current_schema() || '.epoch_key', 0)";

/** For a snapshot: nobody holds an epoch until the commit, and nobody begins one. */
export const LOCK_EPOCHS = `SELECT pg_advisory_xact_lock(${EPOCH_LOCK})`;

/**
 * Holds the epoch active until the commit: what is inserted behind it is under a live epoch. Answers
 * whether it is the active one.
 *
 * On a cluster a share lock of a copied row is one that only one transaction at a time can have: two
 * that ask for it beside each other are a deadlock. All run at the coordinator, so they meet at a
 * lock of its own there, and look behind it by another statement: a cluster's BEGIN says that this
 * one sees what was committed meanwhile.
 */
const HOLD_EPOCH = `
  CREATE FUNCTION hold_epoch(of_epoch int)
  RETURNS boolean LANGUAGE plpgsql VOLATILE AS $body$
  BEGIN
    IF to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL THEN
      IF EXISTS (
        SELECT FROM pg_dist_partition WHERE logicalrelid = 'epoch_key'::regclass) THEN
        PERFORM pg_advisory_xact_lock_shared(${EPOCH_LOCK});
        RETURN EXISTS (SELECT FROM epoch_key WHERE epoch = of_epoch AND state = 'active');
      END IF;
    END IF;
    PERFORM FROM epoch_key WHERE epoch = of_epoch AND state = 'active' FOR SHARE;
    RETURN FOUND;
  END $body$;`;

const BEGIN_EPOCH = `
  CREATE FUNCTION begin_epoch(of_region text, new_epoch int, of_provider text, new_keys bytea,
    replaced int)
  RETURNS boolean LANGUAGE plpgsql VOLATILE AS $body$
  BEGIN
    PERFORM pg_advisory_xact_lock(${EPOCH_LOCK});
    PERFORM FROM epoch_key WHERE state <> 'destroyed' ORDER BY epoch FOR UPDATE;
    IF (SELECT epoch FROM epoch_key WHERE state = 'active') IS DISTINCT FROM replaced
      OR EXISTS (SELECT FROM epoch_key WHERE state = 'retiring') THEN
      RETURN false;
    END IF;
    UPDATE epoch_key SET state = 'retiring' WHERE state = 'active';
    -- Of two that begin the first epoch, which have no row to meet at, one inserts.
    INSERT INTO epoch_key VALUES (of_region, new_epoch, of_provider, 'active', new_keys, NULL)
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
  END $body$;`;

/**
 * Answers the subject that the name has, which is the new one if nobody had it; null where the
 * epoch is not the active one.
 *
 * All look-ups are read in one statement: a rotation moves a name from one to another, and it is in
 * each snapshot once.
 */
const REGISTER = `
  CREATE FUNCTION register_subject(of_subject text, of_tenant text, of_epoch int,
    new_lookup bytea, lookups bytea[], new_name bytea, new_key bytea)
  RETURNS text LANGUAGE plpgsql VOLATILE AS $body$
  DECLARE
    known text;
  BEGIN
    IF NOT hold_epoch(of_epoch) THEN RETURN NULL; END IF;
    LOOP
      SELECT subject_id INTO known FROM lookup
      WHERE lookup = ANY(lookups) AND tenant = of_tenant;
      IF FOUND THEN RETURN known; END IF;
      INSERT INTO lookup VALUES (new_lookup, of_tenant, of_subject) ON CONFLICT DO NOTHING;
      EXIT WHEN FOUND;
    END LOOP;
    INSERT INTO directory VALUES (of_subject, of_tenant, new_lookup, of_epoch, new_name);
    INSERT INTO subject_key VALUES (of_subject, of_tenant, 1, of_epoch, new_key, false);
    RETURN of_subject;
  END $body$;`;

/** A directory row is locked before its look-up, here and when it moves. */
const FORGET_DIRECTORY_ROW = `
  CREATE FUNCTION forget_directory_row(of_subject text)
  RETURNS int LANGUAGE plpgsql VOLATILE AS $body$
  DECLARE
    gone directory;
  BEGIN
    DELETE FROM directory WHERE subject_id = of_subject RETURNING * INTO gone;
    IF NOT FOUND THEN RETURN (SELECT epoch FROM epoch_key WHERE state = 'active'); END IF;
    DELETE FROM lookup WHERE lookup = gone.lookup AND tenant = gone.tenant;
    RETURN gone.epoch;
  END $body$;`;

/** A look-up is what its table is distributed by, so it is not changed but replaced. */
const MOVE_DIRECTORY_ROWS = `
  CREATE FUNCTION move_directory_rows(subjects text[], epochs int[], lookups bytea[],
    new_epochs int[], new_lookups bytea[], new_names bytea[])
  RETURNS void LANGUAGE plpgsql VOLATILE AS $body$
  DECLARE
    row record;
    of_tenant text;
  BEGIN
    FOR row IN
      SELECT * FROM unnest(subjects, epochs, lookups, new_epochs, new_lookups, new_names)
        AS move (subject, epoch, lookup, new_epoch, new_lookup, new_name)
      ORDER BY subject
    LOOP
      UPDATE directory
      SET lookup = row.new_lookup, epoch = row.new_epoch, sealed = row.new_name
      WHERE subject_id = row.subject AND epoch = row.epoch AND lookup = row.lookup
      RETURNING tenant INTO of_tenant;
      IF FOUND THEN
        DELETE FROM lookup WHERE lookup = row.lookup AND tenant = of_tenant;
        INSERT INTO lookup VALUES (row.new_lookup, of_tenant, row.subject);
      END IF;
    END LOOP;
  END $body$;`;

/** Epochs and the directory; why they are safe stands beside {@link KEY_FUNCTIONS}. */
export const DIRECTORY_FUNCTIONS = [
  HOLD_EPOCH,
  BEGIN_EPOCH,
  REGISTER,
  FORGET_DIRECTORY_ROW,
  MOVE_DIRECTORY_ROWS,
].join("\n");
