import { fromBase64, hex, utf8, type Bytes } from "./bytes.ts";
import { sha256 } from "./merkle.ts";

/** Who may sign a log's checkpoints. The auditor gets it by another way than the log. */
export interface VerifierKey {
  readonly name: string;
  /** 8 hexadecimal digits: tells keys of one name apart, and proves nothing. */
  readonly keyId: string;
  /** An Ed25519 public key, 32 bytes. */
  readonly publicKey: Bytes;
}

/** Ed25519, the one signature type spoken here. */
const ED25519 = 0x01;
const PUBLIC_KEY_BYTES = 32;

const SHAPE = /^([^+\p{White_Space}\p{Cc}]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u;

/**
 * Reads `name+<8 hex digits>+base64(0x01 ‖ public key)`; `null` for anything else, also when the
 * digits are not the key's own.
 *
 * @source https://c2sp.org/signed-note, "Signature types"; golang.org/x/mod/sumdb/note
 */
export async function parseVerifierKey(text: string): Promise<VerifierKey | null> {
  const [, name, keyId, encoded] = SHAPE.exec(text) ?? [];
  if (name === undefined || keyId === undefined || encoded === undefined) return null;

  const key = fromBase64(encoded);
  if (key === null || key.length !== 1 + PUBLIC_KEY_BYTES || key[0] !== ED25519) return null;
  const digest = await sha256([utf8(`${name}\n`), key]);
  if (!name.isWellFormed() || hex(digest.subarray(0, 4)) !== keyId) return null;
  return { name, keyId, publicKey: key.slice(1) };
}

/**
 * @throws {DOMException} `NotSupportedError` where WebCrypto has no Ed25519: nothing can be said
 *   of any signature there, so nothing is.
 */
export async function isSignedBy(
  key: VerifierKey,
  message: Bytes,
  signature: Bytes,
): Promise<boolean> {
  const publicKey = await publicKeyOf(key);
  if (publicKey === null) return false;
  return crypto.subtle.verify("Ed25519", publicKey, signature, message);
}

/** The key as WebCrypto takes it, or `null` when its bytes are no point on the curve. */
async function publicKeyOf({ publicKey }: VerifierKey) {
  try {
    return await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  } catch (error) {
    if (error instanceof DOMException && error.name === "DataError") return null;
    throw error;
  }
}
