import type { Effect } from "#audit";

import type { backupStatements } from "./backup-statements.ts";
import type { consentStatements } from "./consent-statements.ts";
import type { erasureJobStatements } from "./erasure-job-statements.ts";
import type { erasureQueueStatements } from "./erasure-queue-statements.ts";
import type { erasureStageStatements } from "./erasure-stage-statements.ts";
import type { gateStatements } from "./gate-statements.ts";
import type { replayFenceStatements } from "./replay-fence-statements.ts";

interface Tables {
  readonly gate: ReturnType<typeof gateStatements>;
  readonly consent: ReturnType<typeof consentStatements>;
  readonly backups: ReturnType<typeof backupStatements>;
  readonly replays: ReturnType<typeof replayFenceStatements>;
  readonly erasure: ReturnType<typeof erasureJobStatements> &
    ReturnType<typeof erasureStageStatements> &
    ReturnType<typeof erasureQueueStatements>;
}

/** Makes an entry's changes to what gates reads, in the transaction that appends it at `index`. */
export function applyEffects(tables: Tables, effects: readonly Effect[], index: number): void {
  for (const effect of effects) apply(tables, effect, index);
}

function apply(tables: Tables, effect: Effect, index: number): void {
  const { gate, consent, replays, backups, erasure } = tables;
  switch (effect.kind) {
    case "gate":
      return gate.bump(effect.subject, effect.pending);
    case "policy":
      return gate.setPolicy(effect.digest, effect.json);
    case "consent":
      return consent.add(effect.row, effect.evidence, index);
    case "restrict":
      return gate.restrict(effect.row);
    case "restrict.lift":
      return gate.lift(effect.subject, effect.id);
    case "hold":
      return gate.hold(effect.row);
    case "hold.release":
      return gate.release(effect.subject, effect.id);
    case "queue":
      return erasure.enqueue(effect.row);
    case "queue.done":
      return erasure.dequeue(effect.subject, effect.id);
    case "erasure.begin":
      gate.bump(effect.row.subject, 1);
      return erasure.begin(effect.row, effect.lease, index);
    case "erasure.extend":
      gate.bump(effect.subject, 0);
      return erasure.extend(effect.subject, effect.id, effect);
    case "backup.made":
      return backups.made(effect.backup);
    case "backup.ended":
      return backups.ended(effect.id);
    case "replay.fence":
      return replays.put(effect.fences);
    // A stage that moves tells the gate once. A second `executed` of the same erasure (its lease
    // ran out under a slow process) finds the row moved already, and leaves the gate alone.
    case "erasure.executed": {
      const was = erasure.execute(effect.subject, effect.id, { epoch: effect.epoch, index });
      // An abort took its share of `pending` away already.
      if (was !== null) gate.bump(effect.subject, was === "pending" ? -1 : 0);
      return;
    }
    case "erasure.aborted":
      if (erasure.abort(effect.subject, effect.id)) gate.bump(effect.subject, -1);
      return;
    case "erasure.final":
      erasure.finalise(effect.subject, effect.id, index);
  }
}
