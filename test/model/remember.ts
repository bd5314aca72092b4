import { plannedByJobs } from "./gate.ts";
import { dropKey, insertKey } from "./keys.ts";
import type { Step } from "./model.ts";
import { after, finished, M, N1 } from "./world.ts";

export const remember: Readonly<Record<string, Step>> = {
  "remember.facts": (world, self, model) => {
    const planned = plannedByJobs(world, model);
    const erasing = world.jobs.some((job) => job.kind === "erase");
    const sourcePlanned = model.derives && (planned & N1) !== 0;
    if (!world.consent || erasing || sourcePlanned) return [finished(world, self)];
    return [after(world, self, { at: "remember.version", seq: world.seq })];
  },

  "remember.version": (world, self) => {
    if (world.keyVersion === 0) return [finished(world, self)];
    return [after(world, self, { at: "remember.key", version: world.keyVersion })];
  },

  "remember.key": (world, self, model) => {
    const { version } = world.processes[self]!;
    const fenced = world.keyFenceAll || (world.keyFence & M) !== 0;
    if (fenced && model.mistake !== "no-fence-check") return [finished(world, self)];
    if (version !== world.keyVersion && model.mistake !== "remember-ignores-sk-version") {
      return [after(world, self, { at: "remember.version", version: 0 })];
    }
    return [
      after(world, self, { at: "remember.append", version: 0 }, insertKey(world, M, version)),
    ];
  },

  "remember.append": (world, self, model) => {
    const stale = world.seq !== world.processes[self]!.seq;
    if (stale && model.mistake !== "no-append-check") {
      return [after(world, self, { at: "remember.retract", seq: 0 })];
    }
    return [after(world, self, { at: "remember.insert", seq: 0 })];
  },

  "remember.retract": (world, self) => [
    after(world, self, { at: "remember.facts" }, dropKey(world, M)),
  ],

  "remember.insert": (world, self, model) => {
    const sourceGone = model.derives && (world.rows & N1) === 0;
    const refused = sourceGone && model.mistake !== "derive-ignores-source";
    if (world.fenced || refused) return [after(world, self, { at: "remember.refused" })];
    return [
      finished(world, self, {
        rows: world.rows | M,
        change: world.change + 1,
        kept: world.kept | M,
      }),
    ];
  },

  "remember.refused": (world, self) => [finished(world, self, dropKey(world, M))],
};
