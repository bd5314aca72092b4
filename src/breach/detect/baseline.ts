/** How much of the past counts: of a slot's mean, and of the spread around all means. */
const MEAN_SHARE = 0.15;
const SPREAD_SHARE = 0.03;

/** Stretches that are learned from before a baseline is believed. */
export const LEARNED_MIN = 7;

interface SpreadBounds {
  readonly spreadMin: number;
  readonly spreadMax?: number;
}

/**
 * What one actor does as a rule, slot by slot (an hour of a working day, a weekend), as logarithms:
 * twice as much is as far above the mean on a busy day as on a quiet one.
 */
export class Baseline {
  readonly #means: Float64Array;
  readonly #learned: Uint16Array;
  #variance = 0;
  #seen = 0;

  constructor(slots: number) {
    this.#means = new Float64Array(slots);
    this.#learned = new Uint16Array(slots);
  }

  /** Whether this slot has been seen often enough. */
  knows(slot: number): boolean {
    return this.#learned[slot]! >= LEARNED_MIN;
  }

  /** The mean of a slot, or of a neighbour where that is higher: work shifts by an hour. */
  mean(slot: number, neighbours: readonly number[] = []): number {
    return Math.max(this.#means[slot]!, ...neighbours.map((one) => this.#means[one]!));
  }

  spread({ spreadMin, spreadMax = Infinity }: SpreadBounds): number {
    return Math.min(spreadMax, Math.max(spreadMin, Math.sqrt(this.#variance)));
  }

  learn(slot: number, count: number): void {
    const value = Math.log1p(count);
    const times = this.#learned[slot]!;
    const share = Math.max(MEAN_SHARE, 1 / (times + 1));
    const off = value - this.#means[slot]!;
    if (times >= LEARNED_MIN) {
      this.#seen += 1;
      const weight = Math.max(SPREAD_SHARE, 1 / this.#seen);
      this.#variance += weight * (off * off - this.#variance);
    }
    this.#means[slot]! += share * off;
    if (times < 65_535) this.#learned[slot]! += 1;
  }
}
