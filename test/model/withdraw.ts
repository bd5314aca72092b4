import { clearSeq, planOf } from "./forget.ts";
import { gateHolds, openJob } from "./gate.ts";
import type { Step } from "./model.ts";
import { after, broken, finished, NO_QUEUE, NODE, ON_CONSENT, QUEUE_PURPOSE } from "./world.ts";

export const withdraw: Readonly<Record<string, Step>> = {
  /** One transaction in audit.db: the consent record, the gate, the queue row. */
  "withdraw.commit": (world, self, model) => {
    const seq = world.seq + (model.mistake === "withdraw-bumps-nothing" ? 0 : 1);
    const changes = { consent: false, seq, queue: QUEUE_PURPOSE };
    return [after(world, self, { at: "queue.facts" }, changes)];
  },

  /** A queue row whose purpose was granted again is dropped, in the transaction that reads it. */
  "queue.facts": (world, self) => {
    if (world.queue !== QUEUE_PURPOSE) return [finished(world, self)];
    if (world.consent) return [finished(world, self, { queue: NO_QUEUE })];
    return [after(world, self, { at: "queue.plan", seq: world.seq, read: world.held })];
  },

  "queue.plan": (world, self, model) => {
    const node = (world.rows & NODE) === 0 ? 0 : planOf(world.rows, model);
    const planned = (node | (world.rows & ON_CONSENT)) & ~world.processes[self]!.read;
    return [after(world, self, { at: "queue.intent", planned })];
  },

  /** One transaction in audit.db: the queue row becomes a job, or goes when nothing is left. */
  "queue.intent": (world, self, model) => {
    if (world.queue !== QUEUE_PURPOSE) return [finished(world, self)];
    if (!gateHolds(world, self, model)) {
      return [after(world, self, { at: "queue.facts", seq: 0, planned: 0, read: 0 })];
    }
    const changes = { queue: NO_QUEUE };
    if (world.processes[self]!.planned === 0) return [finished(world, self, changes)];
    if (world.consent) return [broken(world, "an intent names what is consented to again")];
    return [
      clearSeq(
        openJob(world, self, model, { kind: "forget", next: "forget.shred", changes }),
        self,
      ),
    ];
  },
};

export const grant: Readonly<Record<string, Step>> = {
  "grant.commit": (world, self) => {
    if (world.consent) return [];
    return [finished(world, self, { consent: true, seq: world.seq + 1 })];
  },
};
