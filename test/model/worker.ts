import { dropKey } from "./keys.ts";
import type { Model, Step } from "./model.ts";
import { after, DEAD, END, IDLE, type Job, M, N2, N3, NO_QUEUE, NOBODY } from "./world.ts";
import { ON_CONSENT, QUEUE_PURPOSE, QUEUE_REST, type World } from "./world.ts";

const REDO: Readonly<Record<Job["kind"], string>> = {
  forget: "forget.shred",
  correct: "correct.redo",
  erase: "erase.shred",
};

/** Another process: redo of jobs under their lease, the queue, and the sweep. */
export const worker: Readonly<Record<string, Step>> = {
  [IDLE]: (world, self, model) => [
    ...world.jobs.flatMap((job) => taken(world, self, job)),
    ...queued(world, self),
    ...swept(world, model),
  ],
};

/** A lease is free when its holder is dead, or runs out while its holder stalls: that is a fault. */
function taken(world: World, self: number, job: Job): World[] {
  const free = job.holder === NOBODY;
  if (job.holder === self || (!free && world.faults === 0)) return [];
  const jobs = world.jobs.map((other) => (other === job ? { ...job, holder: self } : other));
  const faults = free ? world.faults : world.faults - 1;
  const process = { at: REDO[job.kind], job: job.id, planned: job.scope, makes: job.makes };
  return [after(world, self, process, { jobs, faults })];
}

function queued(world: World, self: number): World[] {
  if (world.queue === QUEUE_PURPOSE) return [after(world, self, { at: "queue.facts" })];
  if (world.queue === QUEUE_REST) {
    return [after(world, self, { at: "erase.facts", queue: QUEUE_REST })];
  }
  return [];
}

function swept(world: World, model: Model): World[] {
  const worlds: World[] = [];
  const orphans = orphanKeys(world, model);
  if (orphans !== 0) worlds.push({ ...world, ...dropKey(world, orphans) });
  const planned = world.jobs.reduce((scope, job) => scope | job.scope, 0);
  const left = !world.consent && world.queue === NO_QUEUE;
  if (left && (world.rows & ON_CONSENT & ~planned) !== 0 && sweeps(model)) {
    worlds.push({ ...world, queue: QUEUE_PURPOSE });
  }
  return worlds;
}

/** Keys that never got a row. That they are an hour old means: whoever made them is not at work. */
function orphanKeys(world: World, model: Model): number {
  const rowless = (world.nodeKeys1 | world.nodeKeys2) & ~world.rows;
  const young = model.mistake === "sweep-takes-young-keys" ? 0 : atWork(world);
  const correcting = world.jobs.reduce((items, job) => items | job.makes, 0);
  return rowless & ~young & ~correcting & (M | N2 | N3);
}

function atWork(world: World): number {
  let items = 0;
  for (const { at, makes } of world.processes) {
    if (at === END || at === DEAD) continue;
    if (at.startsWith("remember.")) items |= M;
    if (at.startsWith("correct.")) items |= makes;
  }
  return items;
}

function sweeps(model: Model): boolean {
  return model.mistake !== "no-sweep-after-withdraw";
}
