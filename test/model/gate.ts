import { after, finished, NOBODY, NODE, processAt, type Items } from "./world.ts";
import type { Job, World } from "./world.ts";
import type { Model } from "./model.ts";

/** Whether the gate still stands where process `self` read it. */
export function gateHolds(world: World, self: number, model: Model): boolean {
  return model.mistake === "intent-without-gate-check" || world.seq === world.processes[self]!.seq;
}

/** One transaction in audit.db: the intent's entry, the gate, the job row. */
export function openJob(
  world: World,
  self: number,
  model: Model,
  { kind, next, changes = {} }: { kind: Job["kind"]; next: string; changes?: Partial<World> },
): World {
  const { planned: scope, makes } = world.processes[self]!;
  const id = world.issued + 1;
  const late = model.mistake === "job-after-intent";
  const job: Job = { id, kind, scope, makes, holder: self };
  return after(world, self, late ? { at: `${kind}.job`, job: id } : { at: next, job: id }, {
    ...changes,
    seq: world.seq + (model.mistake === "bump-only-after" ? 0 : 1),
    pending: world.pending + (hidesJobs(model) ? 0 : 1),
    jobs: late ? world.jobs : [...world.jobs, job],
    issued: id,
    ...named(world, kind, scope),
  });
}

/** Only with a mistake planted: the job row, in a transaction of its own. */
export function writeJobLate(world: World, self: number, kind: Job["kind"], next: string): World {
  const { job: id, planned: scope, makes } = world.processes[self]!;
  const jobs = [...world.jobs, { id, kind, scope, makes, holder: self }];
  return after(world, self, { at: next }, { jobs });
}

function openJobOf(world: World, self: number): Job | undefined {
  const { job } = world.processes[self]!;
  return world.jobs.find(({ id }) => id === job);
}

/**
 * One transaction in audit.db: another intent's entry, and what it names added to the job. What is
 * held by now is subtracted there: a hold may have come since the first intent.
 */
export function extendJob(world: World, self: number, model: Model, next: string): World {
  const { planned, read } = world.processes[self]!;
  const job = openJobOf(world, self);
  if (job === undefined) return finished(world, self);
  const held = model.mistake === "extension-ignores-holds" ? 0 : world.held;
  const scope = job.scope | (planned & ~held);
  const jobs = world.jobs.map((other) => (other === job ? { ...job, scope } : other));
  const changes = { jobs, seq: world.seq + 1, ...named(world, job.kind, scope) };
  return after(world, self, { at: next, planned: scope, read: read | (held & ~scope) }, changes);
}

/**
 * One transaction in audit.db: executed or aborted, the gate, the job row removed, if still there.
 * The entry names what the job row names by then: another process may have added to it.
 */
export function closeJob(
  world: World,
  self: number,
  model: Model,
  promises: (scope: Items) => Partial<World>,
): World {
  const job = openJobOf(world, self);
  const twice = model.mistake === "redo-by-two";
  if (job === undefined && !twice) return finished(world, self);
  return finished(world, self, {
    seq: world.seq + (bumpsOnce(model) ? 0 : 1),
    pending: world.pending - (hidesJobs(model) ? 0 : 1),
    jobs: world.jobs.filter((other) => other !== job),
    ...(job === undefined ? {} : promises(job.scope)),
  });
}

/** What recalls leave out and acts stay away from: the scopes of the jobs, read with the gate. */
export function plannedByJobs(world: World, model: Model): Items {
  if (hidesJobs(model)) return 0;
  return world.jobs.reduce((scope, job) => scope | job.scope, 0);
}

/** A crash: the process's reads are lost, its leases are free again. */
export function crash(world: World, self: number, at: string): World {
  const { home } = world.processes[self]!;
  const processes = world.processes.slice();
  processes[self] = processAt(at, home);
  const held = world.jobs.some(({ holder }) => holder === self);
  const jobs = held
    ? world.jobs.map((job) => (job.holder === self ? { ...job, holder: NOBODY } : job))
    : world.jobs;
  return { ...world, processes, jobs, faults: world.faults - 1 };
}

function bumpsOnce(model: Model): boolean {
  return model.mistake === "bump-only-before" || model.mistake === "second-bump-skipped";
}

function hidesJobs(model: Model): boolean {
  return model.mistake === "no-pending" || model.mistake === "bump-only-before";
}

/** Who forgets a node, forgets it in every revision: entries and promises are about node ids. */
export function wholeNode(scope: Items): Items {
  return (scope & NODE) === 0 ? scope : scope | NODE;
}

function named(world: World, kind: Job["kind"], scope: Items): Partial<World> {
  if (kind === "correct") return { suspended: world.suspended | scope };
  return { banned: world.banned | wholeNode(scope) };
}
