import { plannedByJobs } from "./gate.ts";
import { dropKey, insertKey } from "./keys.ts";
import type { Model, Step } from "./model.ts";
import { after, finished, M, N1, type World } from "./world.ts";

/** What became of the entry, which is written beside the key: nothing yet, it stands, it was stale. */
const [UNTOLD, TOLD, STALE] = [0, 1, 2];

function append(world: World, self: number, model: Model): typeof TOLD | typeof STALE {
  const stale = world.seq !== world.processes[self]!.seq;
  return stale && model.mistake !== "no-append-check" ? STALE : TOLD;
}

/**
 * The append may come before the key, or after it. Between its two steps it would be one of the
 * same: the second takes the first only where nothing changed, so it is as if they were one.
 */
function meanwhile(world: World, self: number, model: Model): World[] {
  if (world.processes[self]!.read !== UNTOLD) return [];
  return [after(world, self, { read: append(world, self, model), seq: 0 })];
}

/**
 * Key, entry and row in one transaction, as a server writes them that has all three: the append
 * compares, the key was not refused, and the row is, or is there with them.
 */
function carried(world: World, self: number, model: Model, minted: Partial<World>): World[] {
  if (world.processes[self]!.read !== UNTOLD || append(world, self, model) === STALE) return [];
  const withKey = after(world, self, { at: "remember.insert", version: 0, seq: 0 }, minted);
  return insert(withKey, self, model);
}

const NEXT: Readonly<Record<number, string>> = {
  [UNTOLD]: "remember.append",
  [TOLD]: "remember.insert",
  [STALE]: "remember.retract",
};

export const remember: Readonly<Record<string, Step>> = {
  "remember.facts": (world, self, model) => {
    const planned = plannedByJobs(world, model);
    const erasing = world.jobs.some((job) => job.kind === "erase");
    const sourcePlanned = model.derives && (planned & N1) !== 0;
    if (!world.consent || erasing || sourcePlanned) return [finished(world, self)];
    return [after(world, self, { at: "remember.version", seq: world.seq })];
  },

  "remember.version": (world, self, model) => {
    const early = meanwhile(world, self, model);
    if (world.keyVersion === 0) return [...early, finished(world, self)];
    return [...early, after(world, self, { at: "remember.key", version: world.keyVersion })];
  },

  "remember.key": (world, self, model) => {
    const { version, read } = world.processes[self]!;
    const fenced = world.keyFenceAll || (world.keyFence & M) !== 0;
    if (fenced && model.mistake !== "no-fence-check") return [finished(world, self)];
    if (version !== world.keyVersion && model.mistake !== "remember-ignores-sk-version") {
      return [after(world, self, { at: "remember.version", version: 0 })];
    }
    const minted = insertKey(world, M, version);
    const together = carried(world, self, model, minted);
    return [...together, after(world, self, { at: NEXT[read]!, version: 0, read: UNTOLD }, minted)];
  },

  "remember.append": (world, self, model) => {
    const at = NEXT[append(world, self, model)]!;
    return [after(world, self, { at, seq: 0 })];
  },

  "remember.retract": (world, self) => [
    after(world, self, { at: "remember.facts" }, dropKey(world, M)),
  ],

  "remember.insert": insert,

  "remember.refused": (world, self) => [finished(world, self, dropKey(world, M))],
};

function insert(world: World, self: number, model: Model): World[] {
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
}
