import { createHash, randomInt, timingSafeEqual } from "node:crypto";

import { base64, fromBase64, HOUR_MS, later, utf8, type EpochMs, type Ids } from "#kernel";

import type { IssuedCode } from "./request.ts";

/** Of all of a request's codes together: a new code brings no new tries. */
export const CODE_ATTEMPTS_MAX = 5;
/** Codes of one request: one that was lost is replaced twice. */
export const CODES_MAX = 3;
export const CODE_HOURS = 24;

/** No letter that is taken for another, or for a number. */
const LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
/** 30¹⁰ codes, 5 tries: about one chance in 10¹⁴. */
const LENGTH = 10;
const SALT_BYTES = 16;

/** A code to be given to the person over a way that is on record, and what is kept of it. */
export function issueCode(
  before: IssuedCode | null,
  { now, ids }: { readonly now: EpochMs; readonly ids: Ids },
): { readonly code: string; readonly kept: IssuedCode } {
  const code = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]!).join("");
  const salt = base64(ids.bytes(SALT_BYTES));
  const kept = {
    salt,
    hash: hashOf(salt, code),
    expiresAt: later(now, CODE_HOURS * HOUR_MS),
    attempts: before?.attempts ?? 0,
    issued: (before?.issued ?? 0) + 1,
  };
  return { code: `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`, kept };
}

/** Whether what was given is the code; as it was written down, with or without its dash. */
export function isCode(given: string, kept: IssuedCode, now: EpochMs): boolean {
  const hash = hashOf(kept.salt, given.toUpperCase().replaceAll(/[\s-]/g, ""));
  const same = timingSafeEqual(fromBase64(hash)!, fromBase64(kept.hash)!);
  return same && now <= kept.expiresAt;
}

function hashOf(salt: string, code: string): string {
  return base64(
    createHash("sha256")
      .update(utf8(`${salt}\0${code}`))
      .digest(),
  );
}
