import { isCode, isOubliError, word, type Word } from "#kernel";

/**
 * Why a source failed, as a code. Whatever else it threw may hold a row or a password, and is told
 * to nobody.
 */
export function causeOf(error: unknown): Word {
  if (error instanceof Late) return word("timeout");
  if (error instanceof Malformed) return word("malformed");
  if (error instanceof SourceFailure) return error.reason;
  if (!isOubliError(error, "SOURCE_FAILED")) return word("failed");
  const { reason } = error.details;
  return isCode(reason) ? reason : word("failed");
}

/** What a source throws to say why it failed: `new SourceFailure("mailbox-locked")`. */
export class SourceFailure extends Error {
  override readonly name = "SourceFailure";
  readonly reason: Word;

  /** @param reason A code of the source's own: `a-z 0-9 _ -`. Anything else is told as `failed`. */
  constructor(reason: string) {
    super("A system that holds people's data did not do what was asked of it.");
    this.reason = isCode(reason) ? reason : word("failed");
  }
}

/** It did not answer in time. */
export class Late extends Error {
  override readonly name = "Late";
}

/** What it answered is not what a source answers. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** It said that it was done, and it was not. */
export const LYING = word("lying");
/** No process that has looked so far has its functions. */
export const UNREGISTERED = word("unregistered");
/** It waits for another target, which is not confirmed. */
export const BLOCKED = word("blocked");
