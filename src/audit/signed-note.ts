import { createPrivateKey, createPublicKey, hash, sign, type KeyObject } from "node:crypto";

import { base64, utf8 } from "#kernel";

/** Marks an Ed25519 key in a note's key id. @source c2sp.org/signed-note */
const ED25519 = 0x01;

/** PKCS #8 wrapping of a raw Ed25519 seed. @source RFC 8410 §7 */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

const SPKI_PREFIX_BYTES = 12;

/** A key that signs notes under one name. */
export interface NoteSigner {
  readonly name: string;
  /** What a verifier needs: `name+<8 hex>+base64(0x01 ‖ public key)`. */
  readonly verifierKey: string;
  /** The note: the text, a blank line, one signature line. `text` ends with a newline. */
  sign(text: string): string;
}

/**
 * A signer from a 32-byte Ed25519 seed.
 *
 * @source c2sp.org/signed-note (key id = SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)[0..4])
 */
export function noteSigner(name: string, seed: Uint8Array): NoteSigner {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
  const keyBytes = Buffer.concat([Buffer.of(ED25519), publicBytes(privateKey)]);
  const named = Buffer.concat([utf8(`${name}\n`), keyBytes]);
  const keyId = hash("sha256", named, "buffer").subarray(0, 4);
  return {
    name,
    verifierKey: `${name}+${keyId.toString("hex")}+${base64(keyBytes)}`,
    sign(text) {
      const signature = sign(null, utf8(text), privateKey);
      return `${text}\n— ${name} ${base64(Buffer.concat([keyId, signature]))}\n`;
    },
  };
}

function publicBytes(privateKey: KeyObject): Uint8Array {
  const der = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return der.subarray(SPKI_PREFIX_BYTES);
}

/** @source c2sp.org/tlog-checkpoint: origin, size, root; no extension lines. */
export function checkpointText(origin: string, size: number, root: Uint8Array): string {
  return `${origin}\n${size}\n${base64(root)}\n`;
}
