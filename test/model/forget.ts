import { closeJob, extendJob, gateHolds, openJob } from "./gate.ts";
import { wholeNode, writeJobLate } from "./gate.ts";
import { shred } from "./keys.ts";
import { derivedRows, type Model, type Step } from "./model.ts";
import { after, finished, type Items, N1, NODE, type World } from "./world.ts";

export const forget: Readonly<Record<string, Step>> = {
  "forget.facts": (world, self) => {
    if ((world.held & NODE) !== 0) return [finished(world, self)];
    return [after(world, self, { at: "forget.plan", seq: world.seq, read: world.held })];
  },

  "forget.plan": (world, self, model) => {
    if ((world.rows & NODE) === 0) return [finished(world, self)];
    const planned = planOf(world.rows, model) & ~world.processes[self]!.read;
    return [after(world, self, { at: "forget.intent", planned })];
  },

  "forget.intent": (world, self, model) => {
    if (!gateHolds(world, self, model)) {
      return [after(world, self, { at: "forget.facts", seq: 0, planned: 0, read: 0 })];
    }
    return [clearSeq(openJob(world, self, model, { kind: "forget", next: "forget.shred" }), self)];
  },

  "forget.job": (world, self) => [writeJobLate(world, self, "forget", "forget.shred")],

  "forget.shred": (world, self, model) => {
    const { planned } = world.processes[self]!;
    const next = after(world, self, { at: "forget.purge" }, shred(world, planned));
    return [model.mistake === "ack-before-executed" ? acknowledged(next, planned) : next];
  },

  // One transaction: the planned rows go, and what was derived since the plan was read is found.
  // Afterwards none can come: an insertion asks for its sources' rows.
  "forget.purge": (world, self, model) => {
    const { planned, read: held } = world.processes[self]!;
    const rows = world.rows & ~planned;
    const late = lateDerivations(rows, planned, model) & ~held;
    const changes = { rows, change: world.change + (rows === world.rows ? 0 : 1) };
    if (late === 0) return [after(world, self, { at: "forget.done" }, changes)];
    const at = model.mistake === "late-derivations-unnamed" ? "forget.shred" : "forget.extend";
    return [after(world, self, { at, planned: planned | late }, changes)];
  },

  "forget.extend": (world, self, model) => [extendJob(world, self, model, "forget.shred")],

  "forget.done": (world, self, model) => {
    const { banned, gone } = world;
    return [
      closeJob(world, self, model, (scope) => ({
        gone: gone | wholeNode(scope),
        banned: banned | wholeNode(scope),
      })),
    ];
  },
};

/** The node in all its revisions, and everything derived from it. */
export function planOf(rows: Items, model: Model): Items {
  const node = model.mistake === "forget-by-revision" ? rows & NODE : NODE;
  return node | derivedRows(rows, model);
}

export function lateDerivations(rows: Items, planned: Items, model: Model): Items {
  if ((planned & N1) === 0 || model.mistake === "purge-ignores-late-derivations") return 0;
  return derivedRows(rows, model) & ~planned;
}

/** The gate's number matters no more once the intent is written. */
export function clearSeq(world: World, self: number): World {
  return after(world, self, { seq: 0 });
}

function acknowledged(world: World, items: Items): World {
  return { ...world, gone: world.gone | items };
}
