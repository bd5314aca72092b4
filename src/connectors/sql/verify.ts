import { createSecretKey, randomBytes } from "node:crypto";

import type { EpochMs } from "#kernel";
import type { Collection, Identity } from "#sources";

import { erasing } from "./acts.ts";
import { belongs, refuseUnnamed } from "./belongs.ts";
import { leftOver } from "./carry-out.ts";
import type { Session } from "./session.ts";

/**
 * Rows that still lead to a person, counted in a connection of its own. Rows that an order has
 * made anonymous lead to nobody, whatever an erasure would have done to them.
 */
export async function leftBehind(session: Session, who: Identity, now: EpochMs): Promise<number> {
  let remaining = 0;
  for (const collection of Object.values(session.declaration.collections)) {
    remaining += await leftIn(session, collection, who, now);
  }
  if (remaining === 0) refuseUnnamed(session, who);
  return remaining;
}

async function leftIn(
  session: Session,
  collection: Collection,
  who: Identity,
  now: EpochMs,
): Promise<number> {
  const where = belongs(session, collection, who);
  const act = erasing(collection, now);
  if (act.kind === "keep") return 0;
  const salt = createSecretKey(randomBytes(32));
  const left = await leftOver(session, { collection, act, salt }, where);
  const { anonymise: columns } = collection;
  if (left === 0 || columns === null) return left;
  const says = { strategy: "null" } as const;
  const anonymous = { kind: "change", columns, says } as const;
  return Math.min(left, await leftOver(session, { collection, act: anonymous, salt }, where));
}
