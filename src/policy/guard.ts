import type { Word } from "#kernel";

/**
 * The guards of every use, in the order in which they are asked. `docs/guards.md` lists exactly
 * these, with their law and their test.
 */
export const GUARDS = [
  "role",
  "purpose",
  "erased",
  "consent",
  "restricted",
  "category",
  "expired",
  "minimum-necessary",
] as const;

export type GuardName = (typeof GUARDS)[number];

/** A guard's name as a word: it may stand in the audit log. */
export type Guard = GuardName & Word;

export function guard(name: GuardName): Guard {
  return name as Guard;
}
