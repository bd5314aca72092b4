import type { Step } from "./model.ts";
import { after, finished, wrapBit, type Items, type World } from "./world.ts";

export const rotate: Readonly<Record<string, Step>> = {
  "rotate.root": (world, self) => [
    after(world, self, { at: "rotate.epoch" }, { roots: world.roots | 2 }),
  ],

  "rotate.epoch": (world, self, model) => {
    const early = model.mistake === "rotate-destroys-early";
    return [
      after(world, self, { at: early ? "rotate.destroy" : "rotate.read" }, { activeEpoch: 2 }),
    ];
  },

  "rotate.read": (world, self) => {
    if (world.keyVersion === 0 || world.keyEpoch === 2) {
      return [after(world, self, { at: "rotate.other" })];
    }
    const read = world.nodeKeys1;
    const pending = world.dirty ? 1 : 0;
    return [after(world, self, { at: "rotate.subject", version: world.keyVersion, read, pending })];
  },

  /** One transaction in keys.db, under compare-and-swap on the subject key's version. */
  "rotate.subject": (world, self, model) => {
    const { version, read, pending } = world.processes[self]!;
    const cleared = { version: 0, read: 0, pending: 0 };
    if (world.keyVersion !== version)
      return [after(world, self, { ...cleared, at: "rotate.read" })];
    const early = model.mistake === "rotate-reads-dirty-early";
    const dirty = early ? pending === 1 : world.dirty;
    if (!dirty || model.mistake === "rotate-skips-dirty") {
      const wraps = world.everWraps | wrapBit(version, 2);
      const changes = { keyEpoch: 2, everWraps: wraps };
      return [after(world, self, { ...cleared, at: "rotate.other" }, changes)];
    }
    const strands = model.mistake === "rotate-strands-new-keys";
    if ((world.nodeKeys1 & ~read) !== 0 && !strands) {
      return [after(world, self, { ...cleared, at: "rotate.read" })];
    }
    const inserts = model.mistake === "rotate-inserts";
    const survivors = inserts ? read : world.nodeKeys1 & read;
    return [after(world, self, { ...cleared, at: "rotate.other" }, rewrapped(world, survivors))];
  },

  "rotate.other": (world, self) => {
    const otherKey = world.otherKey === 0 ? 0 : 2;
    return [after(world, self, { at: "rotate.query" }, { otherKey })];
  },

  "rotate.query": (world, self) => {
    const left = (world.keyVersion !== 0 && world.keyEpoch === 1) || world.otherKey === 1;
    return [after(world, self, { at: left ? "rotate.read" : "rotate.destroy" })];
  },

  "rotate.destroy": (world, self, model) => {
    const roots = world.roots & ~1;
    if (model.mistake === "rotate-destroys-early" && world.keyEpoch === 1) {
      return [after(world, self, { at: "rotate.read" }, { roots })];
    }
    return [finished(world, self, { roots })];
  },
};

/** Another subject is registered: its key is wrapped under the root key of the active epoch. */
export const register: Readonly<Record<string, Step>> = {
  "register.epoch": (world, self) => [
    after(world, self, { at: "register.insert", version: world.activeEpoch }),
  ],

  "register.insert": (world, self, model) => {
    const { version } = world.processes[self]!;
    if (version !== world.activeEpoch && model.mistake !== "register-ignores-epoch") {
      return [after(world, self, { at: "register.epoch", version: 0 })];
    }
    return [finished(world, self, { otherKey: version })];
  },
};

function rewrapped(world: World, survivors: Items): Partial<World> {
  return {
    keyVersion: 2,
    keyEpoch: 2,
    dirty: false,
    nodeKeys1: world.nodeKeys1 & ~survivors,
    nodeKeys2: world.nodeKeys2 | survivors,
    everKeys2: world.everKeys2 | survivors,
    everWraps: world.everWraps | wrapBit(2, 2),
  };
}
