import {
  createHash,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
  type KeyObject,
} from "node:crypto";

import type { Case } from "#cases";
import { isCode, isId, OubliError, type CaseId, type Word } from "#kernel";

/** The sealed file of a package's case: its key, and what the link is checked against. */
export type KeptFile = {
  /** Seals the package, and nothing else; base64. */
  readonly key: string;
  /** SHA-256 of the link's secret, base64. The secret itself is kept by nobody. */
  readonly secretHash: string;
  /** How many entries the ledger had before anything was read. */
  readonly ledger: number;
  readonly expiresAt: number;
  /** How often its bytes were given out, and since when. */
  readonly opened: number;
  readonly openedAt: number | null;
};

export type KeptCase = Case<KeptFile>;

const SECRET_BYTES = 32;

export interface Link {
  readonly region: Word;
  readonly id: CaseId;
  readonly secret: Buffer;
}

export function newSecret(): { readonly secret: Buffer; readonly secretHash: string } {
  const secret = randomBytes(SECRET_BYTES);
  return { secret, secretHash: hashOf(secret).toString("base64") };
}

/** `region.case_….secret`: letters that a link may hold. */
export function linkText({ region, id, secret }: Link): string {
  return `${region}.${id}.${secret.toString("base64url")}`;
}

/** @throws {OubliError} `NOT_FOUND` for what is no link: it looks like one of nobody. */
export function readLink(text: string): Link {
  const [region, id, secret, ...more] = text.split(".");
  const bytes = Buffer.from(secret ?? "", "base64url");
  const whole = bytes.length === SECRET_BYTES && bytes.toString("base64url") === secret;
  if (!isCode(region) || !isId("case", id) || !whole || more.length > 0) {
    throw new OubliError("NOT_FOUND");
  }
  return { region, id, secret: bytes };
}

/** Which region to ask. @throws {OubliError} `NOT_FOUND` for what is no link. */
export function regionOfLink(text: string): Word {
  return readLink(text).region;
}

/** In a time that does not tell how much of it was right. */
export function isSecretOf({ secretHash }: KeptFile, secret: Buffer): boolean {
  return timingSafeEqual(hashOf(secret), Buffer.from(secretHash, "base64"));
}

export function keyOf({ key }: KeptFile): KeyObject {
  return createSecretKey(Buffer.from(key, "base64"));
}

function hashOf(secret: Buffer): Buffer {
  return createHash("sha256").update(secret).digest();
}
