import { createHash } from "node:crypto";

import type { SubjectId } from "#kernel";

/** Some of the people: those whose id's hash leaves this remainder. */
export interface Share {
  readonly of: number;
  readonly remainder: number;
}

export const EVERYBODY: Share = { of: 1, remainder: 0 };

/** More parts than this are never needed: one person's items alone are bounded. */
const SHARES_MAX = 2 ** 20;

export function isIn({ of, remainder }: Share, subject: SubjectId): boolean {
  if (of === 1) return true;
  return createHash("sha256").update(subject).digest().readUInt32BE() % of === remainder;
}

/** The two halves of a share; `null` once it cannot be made smaller. */
export function halves({ of, remainder }: Share): readonly [Share, Share] | null {
  if (of >= SHARES_MAX) return null;
  return [
    { of: 2 * of, remainder },
    { of: 2 * of, remainder: remainder + of },
  ];
}
