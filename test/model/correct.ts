import { lateDerivations, clearSeq } from "./forget.ts";
import { closeJob, extendJob, gateHolds, openJob, plannedByJobs, writeJobLate } from "./gate.ts";
import { dropKey, insertKey, shred } from "./keys.ts";
import { derivedRows, type Model, type Step } from "./model.ts";
import { after, finished, type Items, N1, N2, N3, NODE, type World } from "./world.ts";

export const correct: Readonly<Record<string, Step>> = {
  "correct.facts": (world, self, model) => {
    const held = model.mistake === "correct-ignores-holds" ? 0 : world.held;
    const refused = (plannedByJobs(world, model) | held) & N1;
    if (refused !== 0) return [finished(world, self)];
    return [after(world, self, { at: "correct.read", seq: world.seq, read: held })];
  },

  "correct.read": (world, self, model) => {
    if ((world.rows & N1) === 0) return [finished(world, self)];
    const planned = (NODE | derivedRows(world.rows, model)) & ~world.processes[self]!.read;
    return [after(world, self, { at: "correct.version", planned })];
  },

  "correct.version": (world, self) => {
    if (world.keyVersion === 0) return [finished(world, self)];
    return [after(world, self, { at: "correct.key", version: world.keyVersion })];
  },

  "correct.key": (world, self, model) => {
    const { version, makes } = world.processes[self]!;
    const fenced = world.keyFenceAll || (world.keyFence & makes) !== 0;
    if (fenced && model.mistake !== "no-fence-check") return [finished(world, self)];
    if (isTaken(world, model)) return [finished(world, self)];
    if (version !== world.keyVersion) {
      return [after(world, self, { at: "correct.version", version: 0 })];
    }
    const key = insertKey(world, makes, version);
    return [after(world, self, { at: "correct.intent", version: 0 }, key)];
  },

  "correct.intent": (world, self, model) => {
    if (!gateHolds(world, self, model)) return [after(world, self, { at: "correct.retract" })];
    const next = shredsFirst(model) ? "correct.shred" : "correct.swap";
    return [clearSeq(openJob(world, self, model, { kind: "correct", next }), self)];
  },

  "correct.job": (world, self) => [writeJobLate(world, self, "correct", "correct.swap")],

  "correct.retract": (world, self, model) => [
    after(world, self, { at: "correct.facts", seq: 0, planned: 0 }, dropNew(world, self, model)),
  ],

  "correct.swap": (world, self, model) => {
    if (isRefused(world, self)) return [after(world, self, { at: "correct.drop" })];
    if (isGone(world, model)) return [withDerivations(world, self, model, "correct.gone")];
    if ((world.rows & N1) === 0) return [after(world, self, { at: "correct.drop" })];
    const rows = (world.rows & ~N1) | world.processes[self]!.makes;
    const swapped = { ...world, rows, change: world.change + 1 };
    return [withDerivations(swapped, self, model, afterSwap(model))];
  },

  /**
   * A redo begins here. It gives the correction up only by refusing its swap for good, in the
   * transaction that finds the old revision: whoever else is at it then gives it up as well.
   */
  "correct.redo": (world, self, model) => {
    if (isRefused(world, self)) return [after(world, self, { at: "correct.drop" })];
    if ((world.rows & world.processes[self]!.makes) !== 0) {
      return [withDerivations(world, self, model, afterSwap(model))];
    }
    if (isGone(world, model)) return [withDerivations(world, self, model, "correct.gone")];
    const refuses = (world.rows & N1) !== 0 && model.mistake !== "redo-leaves-swap-open";
    const refusal = refuses ? 1 << world.processes[self]!.job : 0;
    const refusedSwaps = world.refusedSwaps | refusal;
    return [after(world, self, { at: "correct.drop" }, { refusedSwaps })];
  },

  "correct.extend": (world, self, model) => [
    extendJob(world, self, model, GONE_OR_SHRED[world.processes[self]!.version]!),
  ],

  "correct.shred": (world, self, model) => {
    const changes = shred(world, superseded(world, self));
    const at = shredsFirst(model) && (world.rows & N1) !== 0 ? "correct.swap" : "correct.underived";
    return [after(world, self, { at }, changes)];
  },

  "correct.underived": (world, self) => {
    const rows = world.rows & ~superseded(world, self);
    const change = world.change + (rows === world.rows ? 0 : 1);
    return [after(world, self, { at: "correct.done" }, { rows, change })];
  },

  "correct.done": (world, self, model) => {
    const { makes } = world.processes[self]!;
    return [
      closeJob(world, self, model, (scope) => ({
        suspended: 0,
        banned: world.banned | (scope & ~NEW),
        gone: world.gone | (scope & ~NEW),
        kept: (world.kept & ~scope) | makes,
      })),
    ];
  },

  /** Another act erased the node: its old revision and its derivations are erased all the same. */
  "correct.gone": (world, self) => {
    const items = superseded(world, self) | world.processes[self]!.makes;
    return [after(world, self, { at: "correct.underived" }, shred(world, items))];
  },

  "correct.drop": (world, self, model) => [
    after(world, self, { at: "correct.abort" }, dropNew(world, self, model)),
  ],

  "correct.abort": (world, self, model) => [closeJob(world, self, model, () => ({ suspended: 0 }))],
};

const NEW = N2 | N3;

/** By what the row was when read: at the new revision, or not there. */
const GONE_OR_SHRED = ["correct.shred", "correct.gone"] as const;

/**
 * Whatever was derived from the old revision goes with it. Without that revision's row none can be
 * added, so those found here, in the same transaction, are all there will be.
 */
function withDerivations(world: World, self: number, model: Model, next: string): World {
  const { planned, read: held } = world.processes[self]!;
  const late = lateDerivations(world.rows, planned, model) & ~held;
  const unnamed = late !== 0 && model.mistake !== "late-derivations-unnamed";
  const at = unnamed ? "correct.extend" : next;
  const version = next === "correct.gone" ? 1 : 0;
  return after(world, self, { at, planned: planned | late, version });
}

function afterSwap(model: Model): string {
  return shredsFirst(model) ? "correct.underived" : "correct.shred";
}

function superseded(world: World, self: number): Items {
  return world.processes[self]!.planned & ~NEW;
}

function isRefused(world: World, self: number): boolean {
  return (world.refusedSwaps & (1 << world.processes[self]!.job)) !== 0;
}

function isGone(world: World, model: Model): boolean {
  return (world.rows & NODE) === 0 && model.mistake !== "correct-aborts-when-gone";
}

/** The key that this correction made, and no other's: keys have ids of their own. */
function dropNew(world: World, self: number, model: Model): Partial<World> {
  const named = model.mistake === "keys-named-by-revision";
  return dropKey(world, named ? NEW : world.processes[self]!.makes);
}

function isTaken(world: World, model: Model): boolean {
  const revision2 = (world.nodeKeys1 | world.nodeKeys2) & NEW;
  return model.mistake === "keys-named-by-revision" && revision2 !== 0;
}

function shredsFirst(model: Model): boolean {
  return model.mistake === "correct-shreds-before-swap";
}
