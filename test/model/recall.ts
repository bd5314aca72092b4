import { plannedByJobs } from "./gate.ts";
import { doomed } from "./invariants.ts";
import { liveKeys } from "./keys.ts";
import type { Step } from "./model.ts";
import { after, broken, finished, ON_CONSENT, type World } from "./world.ts";

/** Another process with a working set; `rounds` recalls, one after the other. */
export const recall: Readonly<Record<string, Step>> = {
  "recall.gate": (world, self, model) => {
    const withheld = world.consent ? 0 : ON_CONSENT;
    const planned = plannedByJobs(world, model) | withheld;
    return [
      after(world, self, {
        at: "recall.rows",
        seq: world.seq,
        pending: world.pending > 0 ? 1 : 0,
        planned,
        must: world.kept & ~planned & ~doomed(world, model),
        never: world.gone | world.shredded1 | world.shredded2,
      }),
    ];
  },

  "recall.rows": (world, self, model) => {
    const { seq, pending, planned } = world.processes[self]!;
    const sameChange = world.cacheChange === world.change;
    const current = sameChange || model.mistake === "cache-ignores-change-number";
    if (pending === 0 && world.cacheSeq === seq && current) {
      return [after(world, self, { at: "recall.append", read: world.cached & ~planned })];
    }
    return [after(world, self, { at: "recall.keys", read: world.rows, change: world.change })];
  },

  "recall.keys": (world, self, model) => {
    const { seq, change, pending, planned, read } = world.processes[self]!;
    const trusted = model.mistake === "reconcile-trusts-old-keys" ? world.cached : 0;
    const opened = read & (liveKeys(world) | trusted);
    const working = pending === 0 ? { cacheSeq: seq, cacheChange: change, cached: opened } : {};
    const next = { at: "recall.append", change: 0, read: opened & ~planned };
    return [after(world, self, next, working)];
  },

  "recall.append": (world, self, model) => {
    const process = world.processes[self]!;
    if (process.seq !== world.seq && model.mistake !== "no-append-check") {
      return [after(world, self, { ...FRESH, at: "recall.gate" })];
    }
    const rounds = process.rounds - 1;
    const next =
      rounds === 0
        ? finished(world, self)
        : after(world, self, { ...FRESH, at: "recall.gate", rounds });
    return [judge(world, next, self, doomed(world, model))];
  },
};

const FRESH = { seq: 0, pending: 0, planned: 0, read: 0, must: 0, never: 0 } as const;

function judge(world: World, next: World, self: number, doomed: number): World {
  const { read, must, never } = world.processes[self]!;
  if ((read & (world.banned | world.suspended)) !== 0) {
    return broken(next, "a retrieve entry after an intent names its nodes");
  }
  if (!world.consent && (read & ON_CONSENT) !== 0) {
    return broken(next, "a retrieve entry after a withdrawal names what rested on it alone");
  }
  if ((read & never) !== 0) {
    return broken(next, "a recall begun after an acknowledgement or a shred returns the erased");
  }
  if ((must & ~read & ~doomed) !== 0) {
    return broken(next, "a recall begun after an acknowledged write does not see it");
  }
  return next;
}
