import { liveKeys, openableByCopies } from "./keys.ts";
import { derivedRows, type Model } from "./model.ts";
import { ALL, DEAD, END, IDLE, type Items, N1, ON_CONSENT, type World } from "./world.ts";

/** What an act under way or done may take: nothing is promised about it any more. */
export function doomed(world: World, model: Model): Items {
  const named = world.banned | world.suspended | world.gone;
  const derived = (named & N1) === 0 ? 0 : derivedRows(ALL, model);
  return named | derived | (world.consent ? 0 : ON_CONSENT);
}

/** The promise that `world` breaks, or "". */
export function brokenPromise(world: World, model: Model): string {
  const live = liveKeys(world);
  const shredded = world.shredded1 | world.shredded2;
  const rows = world.restored ? ALL : world.rows;

  if (!world.restored && (world.rows & world.gone) !== 0) {
    return "a row of the erased scope is there after the acknowledgement";
  }
  if (((world.nodeKeys1 | world.nodeKeys2) & world.gone) !== 0) {
    return "a key of the erased scope is there after the acknowledgement";
  }
  if ((world.kept & ~doomed(world, model) & ~(rows & live)) !== 0) {
    return "an acknowledged memory is lost";
  }
  const unheld = world.rows & ~world.held;
  if (!world.restored && (world.gone & N1) !== 0 && derivedRows(unheld, model) !== 0) {
    return "what was derived from the erased is there after the acknowledgement";
  }
  if ((shredded & ~(world.banned | world.suspended)) !== 0) {
    return "something is destroyed that no intent names";
  }
  if ((live & shredded) !== 0) return "a shredded key is there again";
  if ((world.heldPromise & ~(rows & live)) !== 0) return "a held memory is destroyed";
  if ((world.roots & 1) === 0 && (world.shredded1 & openableByCopies(world)) !== 0) {
    return "a final erasure's key opens with an old copy of keys.db and the root keys of today";
  }
  if (world.otherKey !== 0 && (world.roots & world.otherKey) === 0) {
    return "another subject's key is lost with its root key";
  }
  if (world.pending < 0) return "the gate counts fewer jobs than none";
  return "";
}

/** What is left undone in a world in which no process has a step to take, or "". */
export function unfinished(world: World): string {
  if (world.jobs.length > 0) return "a job is never finished";
  if (world.pending !== 0) return "the gate stays pending";
  if (world.queue !== 0) return "a queued erasure is never run";
  if (!world.consent && (world.rows & ON_CONSENT) !== 0) {
    return "what rested on a withdrawn consent is never erased";
  }
  if (world.keyFenceAll && world.held === 0 && world.directory) {
    return "what a hold deferred is never erased";
  }
  if (((world.nodeKeys1 | world.nodeKeys2) & ~world.rows) !== 0) {
    return "a key without a row is never swept";
  }
  if ((world.rows & ~liveKeys(world)) !== 0) return "a row without a key is left";
  const waiting = world.processes.some(({ at }) => !RESTS.has(at));
  return waiting ? "a process waits for ever" : "";
}

/** Steps at which a process may stay: done, crashed, or waiting for what may never come. */
const RESTS = new Set([END, DEAD, IDLE, "grant.commit", "restore.copy"]);
