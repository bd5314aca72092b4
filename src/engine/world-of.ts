import assert from "node:assert/strict";

import type { Oubli } from "./oubli.ts";
import type { EngineWorld } from "./world.ts";

const worlds = new WeakMap<Oubli, EngineWorld>();

/** Remembers what a handle stands on, for the rooms above that look at it. */
export function standing(oubli: Oubli, world: EngineWorld): Oubli {
  worlds.set(oubli, world);
  return oubli;
}

/** What a handle of one region stands on. Not for applications: it knows everything. */
export function worldOf(oubli: Oubli): EngineWorld {
  const world = worlds.get(oubli);
  assert(world, "a handle of one region, as it was made");
  return world;
}
