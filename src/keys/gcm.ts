import { createCipheriv, createDecipheriv, randomFillSync, type KeyObject } from "node:crypto";

/** The suite in a record's first byte: AES-256-GCM. Another suite gets another byte. */
export const ALG = 0x01;

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;

/** What a record is longer than its plaintext: `alg(1) | nonce(12) | ciphertext | tag(16)`. */
export const RECORD_OVERHEAD_BYTES = HEAD_BYTES + TAG_BYTES;

/** Always given: without it Node accepts a tag of 4 bytes, which a few billion guesses forge. */
const OPTIONS = { authTagLength: TAG_BYTES } as const;

/**
 * Encrypts under a random nonce. A key seals the few fields of one revision, or wraps the keys of
 * one subject or epoch, so random nonces stay far below 2^32 a key.
 *
 * @source NIST SP 800-38D §8.2.2 (random nonces), §8.3 (limit)
 */
export function encrypt(key: KeyObject, plain: Uint8Array, aad: Uint8Array): Uint8Array {
  const record = new Uint8Array(plain.length + RECORD_OVERHEAD_BYTES);
  record[0] = ALG;
  const nonce = nextNonce();
  record.set(nonce, 1);
  const cipher = createCipheriv(CIPHER, key, nonce, OPTIONS);
  cipher.setAAD(aad);
  record.set(cipher.update(plain), HEAD_BYTES);
  cipher.final();
  record.set(cipher.getAuthTag(), HEAD_BYTES + plain.length);
  return record;
}

/** The plaintext, or `null` when anything at all is wrong: an attacker learns no more than that. */
export function decrypt(key: KeyObject, record: Uint8Array, aad: Uint8Array): Buffer | null {
  if (record.length < RECORD_OVERHEAD_BYTES || record[0] !== ALG) return null;
  const tagAt = record.length - TAG_BYTES;
  try {
    const nonce = record.subarray(1, HEAD_BYTES);
    const decipher = createDecipheriv(CIPHER, key, nonce, OPTIONS);
    decipher.setAAD(aad);
    decipher.setAuthTag(record.subarray(tagAt));
    const plain = decipher.update(record.subarray(HEAD_BYTES, tagAt));
    decipher.final();
    return plain;
  } catch {
    return null;
  }
}

// One call to the system's generator fills many nonces: it costs more than the nonce's use.
const nonces = new Uint8Array(NONCE_BYTES * 1024);
let nonceAt = nonces.length;

function nextNonce(): Uint8Array {
  if (nonceAt === nonces.length) {
    randomFillSync(nonces);
    nonceAt = 0;
  }
  nonceAt += NONCE_BYTES;
  return nonces.subarray(nonceAt - NONCE_BYTES, nonceAt);
}
