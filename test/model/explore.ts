import { correct } from "./correct.ts";
import { erase, release } from "./erase.ts";
import { forget } from "./forget.ts";
import { crash } from "./gate.ts";
import { hold } from "./hold.ts";
import { brokenPromise, unfinished } from "./invariants.ts";
import type { Mistake } from "./mistakes.ts";
import type { Model, Step } from "./model.ts";
import { recall } from "./recall.ts";
import { remember } from "./remember.ts";
import { restore } from "./restore.ts";
import { register, rotate } from "./rotate.ts";
import { grant, withdraw } from "./withdraw.ts";
import { keyOf } from "./key.ts";
import { worker } from "./worker.ts";
import { DEAD, END, FIRST_WORLD, IDLE, type Process, type World } from "./world.ts";

export interface Scenario {
  /** What holds in every world that the scenario reaches. */
  readonly promise: string;
  readonly processes: Readonly<Record<string, Process>>;
  readonly start?: Partial<World>;
  readonly derives?: boolean;
  /** Fewer states than this mean that the model no longer explores what it claims to. */
  readonly fewestStates: number;
}

export interface Exploration {
  readonly states: number;
  /** The promise that broke, or "". */
  readonly broken: string;
  /** The shortest way there. */
  readonly trace: readonly string[];
}

const STEPS: ReadonlyMap<string, Step> = new Map(
  [correct, erase, forget, grant, hold, recall, register, release, remember, restore]
    .concat([rotate, withdraw, worker])
    .flatMap((steps) => Object.entries(steps)),
);

/** More states than any scenario has: a mistake in the model, not a larger world. */
const STATES_MAX = 6_000_000;

interface Edges {
  readonly from: number[];
  readonly to: number[];
}

/** Visits every world that the scenario can reach, breadth first, until a promise breaks. */
export function explore(scenario: Scenario, mistake: Mistake | null = null): Exploration {
  const model: Model = { mistake, derives: scenario.derives ?? false };
  const names = Object.keys(scenario.processes);
  const first: World = {
    ...FIRST_WORLD,
    ...scenario.start,
    processes: Object.values(scenario.processes),
  };
  const seen = new Map<string, number>([[keyOf(first, model), 0]]);
  const parents = [-1];
  const labels = [""];
  const edges: Edges = { from: [], to: [] };
  const rests: number[] = [];
  let level: { world: World; index: number }[] = [{ world: first, index: 0 }];

  const found = (broken: string, index: number, last: readonly string[]): Exploration => ({
    states: seen.size,
    broken,
    trace: [...traceTo(index, parents, labels), ...last],
  });

  while (level.length > 0) {
    const next: typeof level = [];
    for (const { world, index } of level) {
      let moves = 0;
      for (const [label, world2] of movesOf(world, model, names)) {
        moves += 1;
        if (world2.broken !== "") return found(world2.broken, index, [label]);
        const key = keyOf(world2, model);
        let target = seen.get(key);
        if (target === undefined) {
          const broken = brokenPromise(world2, model);
          if (broken !== "") return found(broken, index, [label]);
          target = seen.size;
          if (target > STATES_MAX)
            throw new Error(`more than ${STATES_MAX} states: ${scenario.promise}`);
          seen.set(key, target);
          parents.push(index);
          labels.push(label);
          next.push({ world: world2, index: target });
        }
        edges.from.push(index);
        edges.to.push(target);
      }
      if (moves === 0) {
        const left = unfinished(world);
        if (left !== "") return found(left, index, []);
        rests.push(index);
      }
    }
    level = next;
  }
  const stuck = firstThatCannotRest(seen.size, edges, rests);
  if (stuck !== -1) return found("no continuation finishes what was begun", stuck, []);
  return found("", 0, []);
}

function* movesOf(
  world: World,
  model: Model,
  names: readonly string[],
): Generator<readonly [label: string, world: World]> {
  for (const [self, process] of world.processes.entries()) {
    if (process.at === END || process.at === DEAD) continue;
    const step = STEPS.get(process.at);
    if (step === undefined) throw new Error(`no step is called ${process.at}`);
    for (const next of step(world, self, model)) yield [`${names[self]}: ${process.at}`, next];
    const restart = world.faults > 0 ? afterCrash(process) : null;
    if (restart !== null) {
      yield [`${names[self]} crashes before ${process.at}`, crash(world, self, restart)];
    }
  }
}

/**
 * Where a process that crashes here goes on, or `null` when a crash would change nothing: it has
 * not begun, or all it has is in its memory. A crash before a step is one after the last commit,
 * its acknowledgement lost; so each transaction is met both persisted and not.
 */
function afterCrash({ at, home }: Process): string | null {
  const [act, step] = at.split(".");
  if (step === undefined || step === "facts" || step === "commit" || step === "root") return null;
  if (act === "rotate") return "rotate.root";
  if (act === "recall" || act === "restore" || act === "register") return null;
  return home === IDLE ? IDLE : DEAD;
}

function traceTo(index: number, parents: readonly number[], labels: readonly string[]): string[] {
  const trace: string[] = [];
  for (let at = index; at > 0; at = parents[at]!) trace.push(labels[at]!);
  return trace.reverse();
}

/** A world from which none of `rests` can be reached any more, or -1. */
function firstThatCannotRest(states: number, { from, to }: Edges, rests: number[]): number {
  const starts = new Int32Array(states + 1);
  for (const target of to) starts[target + 1]! += 1;
  for (let state = 0; state < states; state += 1) starts[state + 1]! += starts[state]!;
  const filled = starts.slice();
  const sources = new Int32Array(to.length);
  for (const [edge, target] of to.entries()) {
    sources[filled[target]!] = from[edge]!;
    filled[target]! += 1;
  }
  const reaches = new Uint8Array(states);
  const stack = rests.slice();
  for (const state of stack) reaches[state] = 1;
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    for (let edge = starts[state]!; edge < starts[state + 1]!; edge += 1) {
      const source = sources[edge]!;
      if (reaches[source] === 1) continue;
      reaches[source] = 1;
      stack.push(source);
    }
  }
  return reaches.indexOf(0);
}
