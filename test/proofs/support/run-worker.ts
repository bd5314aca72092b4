import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import type { Mistake } from "./planted-mistakes.ts";
import type { Weights } from "./random-acts.ts";

/** What a worker is told. */
export interface WorkerOrder {
  readonly folder: string;
  readonly journal: string;
  /** Its name: letters and digits, other than any other's on this folder. */
  readonly by: string;
  readonly seed: number;
  readonly names: readonly string[];
  readonly weights: Weights;
  /** Acts that it does at once. */
  readonly lanes: number;
  readonly clockAheadMs: number;
  /** `null`: until it is killed. */
  readonly endsAtUs: number | null;
  readonly mistake: Mistake | null;
}

const WORKER = join(import.meta.dirname, "worker.ts");

export interface Worker {
  readonly opened: Promise<unknown>;
  /** How it ended: `SIGKILL`, or an exit code. */
  readonly ended: Promise<number | string>;
  kill(): void;
}

export function startWorker(order: WorkerOrder): Worker {
  const child: ChildProcess = fork(WORKER, [JSON.stringify(order)], {
    execArgv: ["--conditions=oubli-source", "--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  return {
    opened: once(child, "message"),
    ended: once(child, "exit").then(([code, signal]) => (signal ?? code) as number | string),
    kill: () => void child.kill("SIGKILL"),
  };
}
