import type { Effect } from "#audit";
import type { SubjectId } from "#kernel";

import { backupCalls } from "./backup-statements.ts";
import { addConsent } from "./consent-statements.ts";
import type { Call } from "./database.ts";
import { jobCalls } from "./erasure-job-statements.ts";
import { queueCalls } from "./erasure-queue-statements.ts";
import { stageCalls } from "./erasure-stage-statements.ts";
import { gateCalls } from "./gate-statements.ts";
import type { LeaseTimes } from "./lease-time.ts";
import { putFences } from "./replay-fence-statements.ts";

/**
 * An entry's change to what gates reads, for the transaction that appends it at `index`. No call
 * depends on what another one answers: they can be sent together.
 */
export function effectCalls(effect: Effect, index: number, times: LeaseTimes): readonly Call[] {
  switch (effect.kind) {
    case "gate":
      return [gateCalls.bump(effect.subject, effect.pending)];
    case "policy":
      return [gateCalls.setPolicy(effect.digest, effect.json)];
    case "consent":
      return addConsent(effect.row, effect.evidence, index);
    case "restrict":
      return [gateCalls.restrict(effect.row)];
    case "restrict.lift":
      return [gateCalls.lift(effect.subject, effect.id)];
    case "hold":
      return [gateCalls.hold(effect.row)];
    case "hold.release":
      return [gateCalls.release(effect.subject, effect.id)];
    case "queue":
      return [queueCalls.enqueue(effect.row)];
    case "queue.done":
      return [queueCalls.dequeue(effect.subject, effect.id)];
    case "erasure.begin":
      return [
        gateCalls.bump(effect.row.subject, 1),
        jobCalls.begin(
          effect.row,
          { holder: effect.lease.holder, times: times(effect.lease) },
          index,
        ),
      ];
    case "erasure.extend":
      return [
        gateCalls.bump(effect.subject, 0),
        jobCalls.extend(effect.subject, effect.id, effect),
      ];
    case "backup.made":
      return backupCalls.made(effect.backup);
    case "backup.ended":
      return [backupCalls.ended(effect.id)];
    case "replay.fence":
      return effect.fences.length === 0 ? [] : [putFences(effect.fences)];
    case "erasure.executed":
      return [stageCalls.execute(effect.subject, effect.id, effect.epoch, index)];
    case "erasure.aborted":
      return [stageCalls.abort(effect.subject, effect.id)];
    case "erasure.final":
      return [stageCalls.finalise(effect.subject, effect.id, index)];
  }
}

/** Whose row an effect writes; `null`: nobody's. */
export function subjectOf(effect: Effect): SubjectId | null {
  if ("row" in effect) return effect.row.subject;
  return "subject" in effect ? effect.subject : null;
}
