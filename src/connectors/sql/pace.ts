import { setTimeout as pause } from "node:timers/promises";

/** What a batch may take: others who wait for its locks wait no longer than this, or little more. */
const BATCH_MS = 20;
const BATCH_ROWS = 200;
const BATCH_ROWS_MIN = 20;
/** Rows of one table differ: what ten took is a guess at what the next ten will. */
const GROWTH_MAX = 1.5;

/**
 * How many rows the next batch takes: so many that it ends in time on this database, under what
 * else it does now. Between batches others have their turn.
 */
export class Pace {
  #rows: number;
  #pauseMs = 0;
  readonly #rowsMax: number;
  readonly #pauseMsMin: number;

  constructor(rowsMax: number, pauseMsMin: number) {
    this.#rowsMax = rowsMax;
    this.#pauseMsMin = pauseMsMin;
    this.#rows = Math.min(BATCH_ROWS, rowsMax);
  }

  async batch<Value>(signal: AbortSignal, work: (rows: number) => Promise<Value>): Promise<Value> {
    if (this.#pauseMs > 0) await pause(this.#pauseMs, undefined, { signal });
    signal.throwIfAborted();
    const from = performance.now();
    const value = await work(this.#rows);
    const took = performance.now() - from;
    const fitting = Math.floor(this.#rows * Math.min(GROWTH_MAX, BATCH_MS / Math.max(took, 1)));
    this.#rows = Math.min(this.#rowsMax, Math.max(BATCH_ROWS_MIN, fitting));
    this.#pauseMs = Math.max(this.#pauseMsMin, Math.min(took / 2, BATCH_MS));
    return value;
  }
}
