import { createHmac } from "node:crypto";

import type { CaseRow } from "#cases";
import type { EpochMs, Word } from "#kernel";

/** The key of the fingerprints of a target's tombstones. */
export interface KeyFile {
  readonly [field: string]: string;
  readonly key: string;
}

export interface TombstoneFile {
  readonly [field: string]: string;
  readonly fingerprint: string;
}

/** What is readable of a tombstone. */
export interface TombstoneFacts {
  /** The target in whose backups the person may still be. */
  readonly tombstone: Word;
  readonly until: EpochMs;
  /** What was done there in place of erasing. */
  readonly order: { readonly ground: Word; readonly keepUntil: EpochMs } | null;
}

export type KeyRef = Pick<CaseRow, "id"> & { readonly key: string };

export const FINGERPRINT_BYTES = 16;

/** A name under a target's own key: without the key it can be compared with no guess. */
export function fingerprint(key: string, externalId: string): string {
  return createHmac("sha256", Buffer.from(key, "base64url"))
    .update(externalId, "utf8")
    .digest()
    .subarray(0, FINGERPRINT_BYTES)
    .toString("base64url");
}

export function tombstoneIn({ facts }: Pick<CaseRow, "facts">): TombstoneFacts | null {
  return facts["tombstone"] === undefined ? null : (facts as unknown as TombstoneFacts);
}

export function isKeyOf(target: Word, { facts }: Pick<CaseRow, "facts">): boolean {
  return facts["fingerprints"] === target;
}
