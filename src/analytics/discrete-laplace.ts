/** A whole number from 0 to below `below`, each as likely as any other. */
export type Uniform = (below: number) => number;

/** `numerator / denominator`, both whole and above 0. */
export interface Ratio {
  readonly numerator: number;
  readonly denominator: number;
}

/**
 * Noise of the discrete Laplace distribution: `x` comes with a probability in proportion to
 * `exp(-|x| / scale)`. Drawn exactly, in whole numbers: a floating-point logarithm would leave gaps
 * that tell what it was added to.
 *
 * @param scale The contribution of one session, over epsilon.
 * @param uniform From a cryptographic generator.
 * @source Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy" (2020),
 *   algorithms 1 and 2; Mironov, "On Significance of the Least Significant Bits" (2012)
 */
export function discreteLaplace(scale: Ratio, uniform: Uniform): number {
  const { numerator: t, denominator: s } = reduced(scale);
  for (;;) {
    const part = uniform(t);
    if (!happensExp(part, t, uniform)) continue;
    let whole = 0;
    while (happensExp(1, 1, uniform)) whole += 1;
    const size = Math.floor((part + t * whole) / s);
    const negative = uniform(2) === 1;
    // Zero has one sign, or it would come twice as often.
    if (negative && size === 0) continue;
    return negative ? -size : size;
  }
}

/** True with probability `exp(-n / d)`, for `n ≤ d`: a series of exact draws. */
function happensExp(n: number, d: number, uniform: Uniform): boolean {
  for (let k = 1; ; k += 1) {
    if (uniform(d * k) >= n) return k % 2 === 1;
  }
}

function reduced({ numerator, denominator }: Ratio): Ratio {
  let [a, b] = [numerator, denominator];
  while (b !== 0) [a, b] = [b, a % b];
  return { numerator: numerator / a, denominator: denominator / a };
}
