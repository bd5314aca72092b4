/** Numbers that a seed decides: a run that failed can be run again. */
export interface Random {
  /** 0 ≤ n < below, an integer. */
  below(below: number): number;
  pick<Item>(items: readonly Item[]): Item | undefined;
  /** A kind, as often as its weight says. */
  weighed<Kind extends string>(weights: Readonly<Record<Kind, number>>): Kind;
}

/** @source mulberry32, a 32-bit generator in the public domain */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (count: number): number => Math.floor(next() * count);
  return {
    below,
    pick: (items) => items[below(items.length)],
    weighed(weights) {
      const entries = Object.entries<number>(weights);
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [kind, weight] of entries) {
        left -= weight;
        if (left < 0) return kind as keyof typeof weights;
      }
      return entries.at(-1)![0] as keyof typeof weights;
    },
  };
}
