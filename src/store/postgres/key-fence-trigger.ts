/**
 * Lets a change of a fence make it narrower, and never wider: the application's role may change what
 * it holds and its epoch, and with a wider list it would bring a node back that was destroyed.
 *
 * A cluster runs it on the node where the row stands, once it is told that this is safe: it reads
 * nothing but the row.
 */
export const FENCES_NARROW = `
  SET LOCAL citus.enable_unsafe_triggers TO on;
  CREATE FUNCTION narrow_fence() RETURNS trigger LANGUAGE plpgsql AS $body$
  BEGIN
    IF NEW.epoch < OLD.epoch OR (NEW.held IS NULL) <> (OLD.held IS NULL)
      OR NOT NEW.held <@ OLD.held THEN
      RAISE EXCEPTION 'a fence only narrows' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
  END $body$;
  CREATE TRIGGER narrow_fence BEFORE UPDATE ON key_fence
    FOR EACH ROW EXECUTE FUNCTION narrow_fence();`;
