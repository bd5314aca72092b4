import { createHash } from "node:crypto";

import type { SubjectId } from "#kernel";

/** Some of the people: those whose id's hash leaves this remainder. */
export interface Share {
  readonly of: number;
  readonly remainder: number;
}

export const EVERYBODY: Share = { of: 1, remainder: 0 };

/** A share is not split beyond this: one person's items alone are bounded. */
const SHARES_MAX = 2 ** 20;

export function isIn({ of, remainder }: Share, subject: SubjectId): boolean {
  if (of === 1) return true;
  return createHash("sha256").update(subject).digest().readUInt32BE() % of === remainder;
}

/** A share in equal parts, two at least; `null` once it cannot be made smaller. */
export function partsOf({ of, remainder }: Share, wanted: number): readonly Share[] | null {
  if (of >= SHARES_MAX) return null;
  const count = Math.min(Math.max(2, Math.ceil(wanted)), SHARES_MAX);
  return Array.from({ length: count }, (_, part) => ({
    of: of * count,
    remainder: remainder + part * of,
  }));
}
