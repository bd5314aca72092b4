import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { discreteLaplace, type Ratio, type Uniform } from "./discrete-laplace.ts";

/** Repeatable numbers of good quality (sfc32), for tests alone. */
function seeded(seed: number): Uniform {
  let [a, b, c, counter] = [seed, seed ^ 0x9e3779b9, seed ^ 0x243f6a88, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let at = 0; at < 20; at += 1) next();
  return (below) => {
    const whole = 2 ** 32 - (2 ** 32 % below);
    for (;;) {
      const drawn = next();
      if (drawn < whole) return drawn % below;
    }
  };
}

const DRAWS = 100_000;

function draws(scale: Ratio, uniform: Uniform): number[] {
  return Array.from({ length: DRAWS }, () => discreteLaplace(scale, uniform));
}

/** The probability of `x`: (1 - q) / (1 + q) × q^|x|, with q = exp(-1 / scale). */
function expected(scale: number, x: number): number {
  const q = Math.exp(-1 / scale);
  return ((1 - q) / (1 + q)) * q ** Math.abs(x);
}

describe("the discrete Laplace distribution", () => {
  for (const [numerator, denominator] of [
    [1, 1],
    [2, 1],
    [10, 3],
    [1_000_000, 500_000],
    [1, 4],
  ] as const) {
    test(`of scale ${numerator}/${denominator}: each value comes as often as it should`, () => {
      const scale = numerator / denominator;
      const counts = new Map<number, number>();
      for (const x of draws({ numerator, denominator }, seeded(7))) {
        counts.set(x, (counts.get(x) ?? 0) + 1);
      }
      // Pearson's chi-squared over the values that are expected at least ten times.
      let [sum, cells] = [0, 0];
      for (let x = -60; x <= 60; x += 1) {
        const due = expected(scale, x) * DRAWS;
        if (due < 10) continue;
        sum += ((counts.get(x) ?? 0) - due) ** 2 / due;
        cells += 1;
      }
      const freedom = cells - 1;
      assert.ok(sum < freedom + 5 * Math.sqrt(2 * freedom), `${sum} over ${freedom}`);
    });
  }

  test("its mean is 0, and its spread is that of its scale", () => {
    const scale = 5;
    const drawn = draws({ numerator: scale, denominator: 1 }, seeded(11));
    const mean = drawn.reduce((sum, x) => sum + x, 0) / DRAWS;
    const variance = drawn.reduce((sum, x) => sum + x * x, 0) / DRAWS;
    const q = Math.exp(-1 / scale);
    const due = (2 * q) / (1 - q) ** 2;
    assert.ok(Math.abs(mean) < 5 * Math.sqrt(due / DRAWS), `mean ${mean}`);
    assert.ok(Math.abs(variance / due - 1) < 0.05, `variance ${variance} for ${due}`);
  });

  test("one session more or less changes no answer's odds by more than epsilon allows", () => {
    // Epsilon 1, one session: scale 1. Histograms of 10 + noise and 11 + noise.
    const [ten, eleven] = [seeded(3), seeded(5)].map((uniform, at) => {
      const counts = new Map<number, number>();
      for (const x of draws({ numerator: 1, denominator: 1 }, uniform)) {
        counts.set(10 + at + x, (counts.get(10 + at + x) ?? 0) + 1);
      }
      return counts;
    }) as [Map<number, number>, Map<number, number>];
    for (const [answer, count] of ten) {
      const other = eleven.get(answer) ?? 0;
      if (count < 500 || other < 500) continue;
      const odds = Math.log(count / other);
      const error = 4 * Math.sqrt(1 / count + 1 / other);
      assert.ok(Math.abs(odds) <= 1 + error, `${answer}: ${odds}`);
    }
  });

  test("the check bites: noise of half the scale is found out", () => {
    const counts = new Map<number, number>();
    for (const x of draws({ numerator: 1, denominator: 2 }, seeded(7))) {
      counts.set(x, (counts.get(x) ?? 0) + 1);
    }
    const due = expected(1, 0) * DRAWS;
    assert.ok(((counts.get(0) ?? 0) - due) ** 2 / due > 100);
  });
});
