import { clearSeq } from "./forget.ts";
import { closeJob, gateHolds, openJob, writeJobLate } from "./gate.ts";
import { shred, shredSubject } from "./keys.ts";
import type { Step } from "./model.ts";
import { after, ALL, D, finished, NO_QUEUE, NODE, QUEUE_REST } from "./world.ts";

export const erase: Readonly<Record<string, Step>> = {
  "erase.facts": (world, self) => {
    const { queue } = world.processes[self]!;
    if (queue !== NO_QUEUE && world.queue !== queue) return [finished(world, self)];
    const planned = ALL & ~world.held;
    return [after(world, self, { at: "erase.intent", seq: world.seq, planned })];
  },

  "erase.intent": (world, self, model) => {
    const { queue, planned } = world.processes[self]!;
    if (queue !== NO_QUEUE && world.queue !== queue) return [finished(world, self)];
    if (!gateHolds(world, self, model)) {
      return [after(world, self, { at: "erase.facts", seq: 0, planned: 0 })];
    }
    // What is held is deferred in the same transaction, for its release to queue.
    const rest = queue === NO_QUEUE ? world.queue : NO_QUEUE;
    const changes = { deferred: ALL & ~planned, queue: rest };
    return [
      clearSeq(openJob(world, self, model, { kind: "erase", next: "erase.shred", changes }), self),
    ];
  },

  "erase.job": (world, self) => [writeJobLate(world, self, "erase", "erase.shred")],

  "erase.shred": (world, self, model) => {
    const { planned } = world.processes[self]!;
    const changes =
      planned === ALL
        ? shredSubject(world, planned)
        : { ...shred(world, planned), keyFenceAll: model.mistake !== "held-path-unfenced" };
    const next = after(world, self, { at: "erase.fence" }, changes);
    return [
      model.mistake === "ack-before-executed" ? { ...next, gone: next.gone | planned } : next,
    ];
  },

  /** The fence and a first batch; the rest follows in `erase.batch`. */
  "erase.fence": (world, self, model) => {
    const { planned } = world.processes[self]!;
    const open = planned !== ALL && model.mistake === "held-path-unfenced";
    const fenced = world.fenced || !(open || model.mistake === "erase-without-fence");
    const rows = world.rows & ~(planned & (NODE | D));
    const change = world.change + (rows === world.rows ? 0 : 1);
    return [after(world, self, { at: "erase.batch" }, { fenced, rows, change })];
  },

  "erase.batch": (world, self) => {
    const rows = world.rows & ~world.processes[self]!.planned;
    const change = world.change + (rows === world.rows ? 0 : 1);
    return [after(world, self, { at: "erase.directory" }, { rows, change })];
  },

  "erase.directory": (world, self) => {
    const whole = world.processes[self]!.planned === ALL;
    const changes = whole ? { directory: false, nodeKeys1: 0, nodeKeys2: 0 } : {};
    return [after(world, self, { at: "erase.done" }, changes)];
  },

  "erase.done": (world, self, model) => [
    closeJob(world, self, model, (scope) => ({ gone: world.gone | scope })),
  ],
};

export const release: Readonly<Record<string, Step>> = {
  "release.commit": (world, self) => {
    const queue = world.deferred === 0 ? world.queue : QUEUE_REST;
    return [finished(world, self, { held: 0, deferred: 0, queue, seq: world.seq + 1 })];
  },
};
