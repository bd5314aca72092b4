/** The small world: one subject, its three databases and root, and the processes at work on it. */

/** A set of (node, revision), as bits. */
export type Items = number;

/** The node that acts are about, at its first revision. */
export const N1: Items = 1;
/** The same node, corrected. */
export const N2: Items = 2;
/** A node derived from `N1`. */
export const D: Items = 4;
/** What the writer remembers; in some scenarios derived from `N1`. */
export const M: Items = 8;
/** The same node, corrected by a second correction: revision 2 too, under another key. */
export const N3: Items = 32;
/** A bystander that rests on another purpose; in some scenarios under a legal hold. */
export const H: Items = 16;

export const NODE = N1 | N2 | N3;
export const ALL = NODE | D | M | H;
/** What rests on the withdrawable purpose alone. */
export const ON_CONSENT = NODE | D | M;

/** Lease of a job whose holder is dead. */
export const NOBODY = 15;

export interface Job {
  readonly id: number;
  readonly kind: "forget" | "correct" | "erase";
  readonly scope: Items;
  /** The new revision of a correction. */
  readonly makes: Items;
  /** Index of the process that holds the lease, or `NOBODY`. */
  readonly holder: number;
}

/** A process: the step it takes next, and what it has read. Registers are 0 until used. */
export interface Process {
  readonly at: string;
  /** Where it goes when its work is finished: `end`, or back to `idle`. */
  readonly home: string;
  readonly seq: number;
  readonly change: number;
  readonly version: number;
  readonly pending: number;
  /** An act: what it will erase. A recall: what it must leave out. */
  readonly planned: Items;
  /** The new revision of a correction. */
  readonly makes: Items;
  /** What it has read: rows, content, or, for an act, what is held. */
  readonly read: Items;
  /** A recall's monitors: what it must return, and must never return. */
  readonly must: Items;
  readonly never: Items;
  readonly job: number;
  /** The kind of queue row that its work came from, or 0. */
  readonly queue: number;
  readonly rounds: number;
}

export const NO_QUEUE = 0;
export const QUEUE_PURPOSE = 1;
export const QUEUE_REST = 2;

export interface World {
  // audit.db
  readonly seq: number;
  readonly pending: number;
  readonly jobs: readonly Job[];
  readonly issued: number;
  readonly consent: boolean;
  readonly queue: number;
  readonly held: Items;
  readonly deferred: Items;
  // memory.db
  readonly rows: Items;
  readonly change: number;
  readonly fenced: boolean;
  /** Corrections, as bits of their job ids, whose swap is refused: their redo gave them up. */
  readonly refusedSwaps: number;
  readonly restored: boolean;
  // keys.db
  readonly keyVersion: number;
  readonly keyEpoch: number;
  readonly dirty: boolean;
  /** Node keys wrapped under subject key version 1, and version 2. */
  readonly nodeKeys1: Items;
  readonly nodeKeys2: Items;
  readonly keyFence: Items;
  readonly keyFenceAll: boolean;
  readonly directory: boolean;
  readonly activeEpoch: number;
  /** Epoch of another key under the root (another subject's), or 0. */
  readonly otherKey: number;
  // the root folder: root keys as bits
  readonly roots: number;
  // the recalling process's working set
  readonly cacheSeq: number;
  readonly cacheChange: number;
  readonly cached: Items;

  readonly processes: readonly Process[];
  /** How often a process may still crash, or stall beyond its lease. */
  readonly faults: number;

  // Promises, watched by the invariants; no step of the protocol reads them.
  /** Named by an entry after which no `retrieve` entry may name them. */
  readonly banned: Items;
  /** Named by the intent of a correction under way. */
  readonly suspended: Items;
  /** Acknowledged as erased. */
  readonly gone: Items;
  /** Acknowledged as remembered or corrected. */
  readonly kept: Items;
  /** Acknowledged as held. */
  readonly heldPromise: Items;
  /** Keys shredded, by the epoch in which they were. */
  readonly shredded1: Items;
  readonly shredded2: Items;
  /** Whatever a copy of keys.db ever held: node keys by version, subject keys by version, epoch. */
  readonly everKeys1: Items;
  readonly everKeys2: Items;
  readonly everWraps: number;
  readonly broken: string;
}

export const IDLE = "idle";
export const END = "end";
export const DEAD = "dead";

export function processAt(at: string, home: string = END): Process {
  return {
    at,
    home,
    seq: 0,
    change: 0,
    version: 0,
    pending: 0,
    planned: 0,
    makes: 0,
    read: 0,
    must: 0,
    never: 0,
    job: 0,
    queue: 0,
    rounds: 0,
  };
}

const START: Items = N1 | D | H;

export const FIRST_WORLD: World = {
  seq: 0,
  pending: 0,
  jobs: [],
  issued: 0,
  consent: true,
  queue: NO_QUEUE,
  held: 0,
  deferred: 0,
  rows: START,
  change: 0,
  fenced: false,
  refusedSwaps: 0,
  restored: false,
  keyVersion: 1,
  keyEpoch: 1,
  dirty: false,
  nodeKeys1: START,
  nodeKeys2: 0,
  keyFence: 0,
  keyFenceAll: false,
  directory: true,
  activeEpoch: 1,
  otherKey: 0,
  roots: 1,
  cacheSeq: -1,
  cacheChange: -1,
  cached: 0,
  processes: [],
  faults: 2,
  banned: 0,
  suspended: 0,
  gone: 0,
  kept: START,
  heldPromise: 0,
  shredded1: 0,
  shredded2: 0,
  everKeys1: START,
  everKeys2: 0,
  everWraps: wrapBit(1, 1),
  broken: "",
};

/** The bit for "subject key `version` was once stored wrapped under root key `epoch`". */
export function wrapBit(version: number, epoch: number): number {
  return 1 << ((version - 1) * 2 + epoch - 1);
}

/** `world` after process `self` took a step: to `process`, with `changes` to the world. */
export function after(
  world: World,
  self: number,
  process: Partial<Process>,
  changes: Partial<World> = {},
): World {
  const processes = world.processes.slice();
  processes[self] = { ...world.processes[self]!, ...process };
  return { ...world, ...changes, processes };
}

/** Process `self` is through with its work: registers cleared. */
export function finished(world: World, self: number, changes: Partial<World> = {}): World {
  const processes = world.processes.slice();
  const { home } = world.processes[self]!;
  processes[self] = processAt(home, home);
  return { ...world, ...changes, processes };
}

export function broken(world: World, promise: string): World {
  return { ...world, broken: promise };
}
