import { setTimeout as pause } from "node:timers/promises";

/** What a batch may take: others who wait for its locks wait no longer than this, or little more. */
const BATCH_MS = 40;
const BATCH_ROWS = 500;
const BATCH_ROWS_MIN = 20;

/** Rows in a batch at most. Names of keys are parameters, and databases bound their number. */
export const BATCH_ROWS_MAX = 10_000;

/**
 * How many rows the next batch takes: so many that it ends in time on this database, under what
 * else it does now. Between batches others have their turn.
 */
export class Pace {
  #rows: number;
  #pauseMs = 0;
  readonly #most: number;

  constructor({ columns = 1, most = BATCH_ROWS_MAX } = {}) {
    this.#most = Math.min(most, Math.floor(BATCH_ROWS_MAX / columns));
    this.#rows = Math.min(BATCH_ROWS, this.#most);
  }

  async batch<Value>(signal: AbortSignal, work: (rows: number) => Promise<Value>): Promise<Value> {
    if (this.#pauseMs > 0) await pause(this.#pauseMs, undefined, { signal });
    signal.throwIfAborted();
    const from = performance.now();
    const value = await work(this.#rows);
    const took = performance.now() - from;
    const fitting = Math.floor(this.#rows * Math.min(2, BATCH_MS / Math.max(took, 1)));
    this.#rows = Math.min(this.#most, Math.max(BATCH_ROWS_MIN, fitting));
    this.#pauseMs = Math.min(took / 2, BATCH_MS);
    return value;
  }
}
