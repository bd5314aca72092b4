import { createSecretKey, randomBytes, type KeyObject } from "node:crypto";

import { OubliError } from "#kernel";

import { associatedData } from "./associated-data.ts";
import { decrypt, encrypt } from "./gcm.ts";

export const KEY_BYTES = 32;

/** Which key is wrapped under which. A wrapped key that was moved elsewhere does not open. */
export interface WrapPlace {
  readonly parent: string;
  readonly parentVersion: number;
  readonly child: string;
  readonly region: string;
  /**
   * The epoch of the root key; `null` under a subject key, which keeps its version, and with it
   * what it wraps, when its own wrapping moves to the next epoch.
   */
  readonly epoch: number | null;
}

/** Fresh random bytes for a key: never from `Ids`, which a test world may make repeatable. */
export function newKeyBytes(bytes: number = KEY_BYTES): Buffer {
  return randomBytes(bytes);
}

/** Wraps key bytes; the caller wipes them. */
export function wrap(parent: KeyObject, place: WrapPlace, key: Uint8Array): Uint8Array {
  return encrypt(parent, key, wrapData(place));
}

/**
 * A wrapped key's bytes; the caller wipes them.
 *
 * @throws {OubliError} `SEAL_BROKEN` when the key was changed, or wrapped elsewhere.
 */
export function unwrapBytes(parent: KeyObject, place: WrapPlace, wrapped: Uint8Array): Buffer {
  const bytes = decrypt(parent, wrapped, wrapData(place));
  if (bytes === null) throw new OubliError("SEAL_BROKEN");
  return bytes;
}

/** As {@link unwrapBytes}, as a key that code can use and not read. */
export function unwrap(parent: KeyObject, place: WrapPlace, wrapped: Uint8Array): KeyObject {
  return intoKey(unwrapBytes(parent, place, wrapped));
}

/** Moves bytes into a key and wipes them. Best effort: Node may have copied them before. */
export function intoKey(bytes: Uint8Array): KeyObject {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

/** `"oubli-wrap-1" | parent key id | its version | child key id | region | epoch` */
function wrapData({ parent, parentVersion, child, region, epoch }: WrapPlace): Uint8Array {
  return associatedData([
    "oubli-wrap-1",
    parent,
    String(parentVersion),
    child,
    region,
    epoch === null ? "" : String(epoch),
  ]);
}
