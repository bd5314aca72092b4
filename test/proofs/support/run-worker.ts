import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { bundled } from "../../support/bundle.ts";
import type { Ground } from "./ground.ts";
import type { Mistake } from "./planted-mistakes.ts";
import type { Weights } from "./random-acts.ts";

/** What a worker is told. */
export interface WorkerOrder {
  readonly ground: Ground;
  readonly journal: string;
  /** Its name: letters and digits, other than any other's on this ground. */
  readonly by: string;
  readonly seed: number;
  readonly names: readonly string[];
  readonly weights: Weights;
  /** Acts that it does at once. */
  readonly lanes: number;
  readonly clockAheadMs: number;
  /** How long it acts once it is started; `null`: from its opening until it is killed. */
  readonly seconds: number | null;
  readonly mistake: Mistake | null;
  /** At which step of its opening it kills itself, or else at its end. */
  readonly diesOpeningAt?: number;
}

const WORKER = await bundled(join(import.meta.dirname, "worker.ts"));

export interface Worker {
  readonly opened: Promise<unknown>;
  /** How it ended: `SIGKILL`, or an exit code. */
  readonly ended: Promise<number | string>;
  /** Lets one that waits begin. */
  start(): void;
  kill(): void;
}

export function startWorker(order: WorkerOrder): Worker {
  const child: ChildProcess = fork(WORKER, [JSON.stringify(order)], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  return {
    opened: once(child, "message"),
    ended: once(child, "exit").then(([code, signal]) => (signal ?? code) as number | string),
    start: () => void child.send("start"),
    kill: () => void child.kill("SIGKILL"),
  };
}
