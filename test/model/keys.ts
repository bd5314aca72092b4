import { type Items, type World, wrapBit } from "./world.ts";

/** Keys that open today: wrapped under the subject key that is there, whose root key is there. */
export function liveKeys(world: World): Items {
  if (world.keyVersion === 0 || (world.roots & world.keyEpoch) === 0) return 0;
  return world.keyVersion === 1 ? world.nodeKeys1 : world.nodeKeys2;
}

/** Keys that any copy of keys.db ever taken opens with the root keys of today. */
export function openableByCopies(world: World): Items {
  let items = 0;
  for (const version of [1, 2]) {
    for (const epoch of [1, 2]) {
      if ((world.everWraps & wrapBit(version, epoch)) === 0) continue;
      if ((world.roots & epoch) === 0) continue;
      items |= version === 1 ? world.everKeys1 : world.everKeys2;
    }
  }
  return items;
}

export function insertKey(world: World, item: Items, version: number): Partial<World> {
  if (version === 1) {
    return { nodeKeys1: world.nodeKeys1 | item, everKeys1: world.everKeys1 | item };
  }
  return { nodeKeys2: world.nodeKeys2 | item, everKeys2: world.everKeys2 | item };
}

/** Removes a key that never had a visible row; nothing is promised about it. */
export function dropKey(world: World, item: Items): Partial<World> {
  return { nodeKeys1: world.nodeKeys1 & ~item, nodeKeys2: world.nodeKeys2 & ~item };
}

/** One transaction in keys.db: fences, keys gone, the subject marked for a new subject key. */
export function shred(world: World, items: Items): Partial<World> {
  return {
    ...dropKey(world, items),
    keyFence: world.keyFence | items,
    dirty: world.keyVersion !== 0,
    ...shreddedNow(world, items),
  };
}

/** One transaction in keys.db: the subject's fence, and its key gone. */
export function shredSubject(world: World, items: Items): Partial<World> {
  return { keyFenceAll: true, keyVersion: 0, dirty: false, ...shreddedNow(world, items) };
}

/** A fence row is written once: the epoch of the first shred stands. */
function shreddedNow(world: World, items: Items): Partial<World> {
  const fresh = items & ~(world.shredded1 | world.shredded2);
  if (world.keyEpoch === 1) return { shredded1: world.shredded1 | fresh };
  return { shredded2: world.shredded2 | fresh };
}
