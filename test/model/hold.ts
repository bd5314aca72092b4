import type { Step } from "./model.ts";
import { D, finished, M, NODE } from "./world.ts";

export const hold: Readonly<Record<string, Step>> = {
  /** One transaction in audit.db; it comes too late for what an intent already names. */
  "hold.commit": (world, self) => {
    const named = world.jobs.reduce((scope, job) => scope | job.scope, world.banned);
    const choices = [NODE, D, M].filter((items) => (items & world.rows & ~named) !== 0);
    if (choices.length === 0) return [finished(world, self)];
    return choices.map((items) => {
      const heldPromise = world.heldPromise | (items & world.rows);
      return finished(world, self, { held: world.held | items, heldPromise, seq: world.seq + 1 });
    });
  },
};
