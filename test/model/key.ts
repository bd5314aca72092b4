import type { Model } from "./model.ts";
import type { Process, World } from "./world.ts";

const STEP_CODES = new Map<string, number>();

/**
 * A string that is equal for worlds with equal futures. Counters are only ever compared with
 * their present value, which never returns to an old one: so "still current" is all that counts.
 */
export function keyOf(world: World, model: Model): string {
  const codes = [
    world.pending + 8,
    world.jobs.length,
    world.issued,
    bits(world.consent, world.fenced, world.dirty, world.keyFenceAll),
    bits(world.directory, world.restored, world.cacheSeq === world.seq),
    bits(world.cacheChange === world.change) * 16 + world.queue,
    world.held,
    world.deferred,
    world.rows,
    world.refusedSwaps,
    world.keyVersion * 4 + world.keyEpoch,
    world.nodeKeys1,
    world.nodeKeys2,
    world.keyFence,
    world.activeEpoch * 4 + world.otherKey,
    world.roots,
    cacheMatters(world, model) ? world.cached : 0,
    world.faults,
    world.banned,
    world.suspended,
    world.gone,
    world.kept,
    world.heldPromise,
    world.shredded1,
    world.shredded2,
    world.everKeys1,
    world.everKeys2,
    world.everWraps,
  ];
  for (const { id, kind, scope, makes, holder } of world.jobs) {
    codes.push(id, kind.length, scope, makes, holder);
  }
  for (const process of world.processes) addProcess(codes, process, world);
  return String.fromCharCode(...codes);
}

function addProcess(codes: number[], process: Process, world: World): void {
  codes.push(
    stepCode(process.at),
    bits(process.seq === world.seq, process.change === world.change, process.pending === 1),
    process.version * 4 + process.queue,
    process.planned,
    process.makes,
    process.read,
    process.must,
    process.never,
    process.job,
    process.rounds,
  );
}

/** What a stale working set holds is read again, unless a mistake trusts it. */
function cacheMatters(world: World, { mistake }: Model): boolean {
  if (mistake === "reconcile-trusts-old-keys") return true;
  const fresh = world.cacheChange === world.change || mistake === "cache-ignores-change-number";
  return fresh && world.cacheSeq === world.seq;
}

function stepCode(at: string): number {
  let code = STEP_CODES.get(at);
  if (code === undefined) {
    code = STEP_CODES.size + 1;
    STEP_CODES.set(at, code);
  }
  return code;
}

function bits(...flags: readonly boolean[]): number {
  return flags.reduce((code, flag) => code * 2 + (flag ? 1 : 0), 0);
}
