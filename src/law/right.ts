/**
 * What a person may ask for. `opt-out` is of sale and sharing; `accounting` is HIPAA's list of
 * disclosures.
 */
export const RIGHTS = [
  "access",
  "erasure",
  "rectification",
  "restriction",
  "portability",
  "objection",
  "opt-out",
  "limit-use",
  "accounting",
] as const;

export type Right = (typeof RIGHTS)[number];

export function isRight(value: unknown): value is Right {
  return (RIGHTS as readonly unknown[]).includes(value);
}
