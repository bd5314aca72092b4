import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";

import { OubliError } from "#kernel";

/**
 * `"oubli-sealed-1\n"`, then chunks: `ciphertext | tag(16)`, all of {@link CHUNK_BYTES} but the last.
 *
 * Why it is safe: a key seals one stream and no other, so a chunk's number is a nonce that never
 * comes twice. The number is in the nonce, and so is whether the chunk is the last: chunks that
 * were swapped, left out, or cut off at the end do not open. What was opened before is whole.
 *
 * @source Hoang, Reyhanitabar, Rogaway, Vizár 2015 (STREAM); NIST SP 800-38D §8.2.1
 */
const HEAD = Buffer.from("oubli-sealed-1\n");

const CIPHER = "aes-256-gcm";
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const OPTIONS = { authTagLength: TAG_BYTES } as const;

/** Seals a stream under a key that is used for nothing else. */
export async function* sealStream(
  key: KeyObject,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield HEAD;
  for await (const { chunk, at, last } of chunked(bytes, CHUNK_BYTES)) {
    const cipher = createCipheriv(CIPHER, key, nonce(at, last), OPTIONS);
    cipher.setAAD(HEAD);
    const sealed = cipher.update(chunk);
    cipher.final();
    yield Buffer.concat([sealed, cipher.getAuthTag()]);
  }
}

/**
 * Opens what {@link sealStream} made. What it gives out is authenticated; the stream as a whole is
 * whole when it ends without an error.
 *
 * @throws {OubliError} `SEAL_BROKEN` when it was changed, cut short, or is another key's.
 */
export async function* openStream(
  key: KeyObject,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const size = CHUNK_BYTES + TAG_BYTES;
  for await (const { chunk, at, last } of chunked(withoutHead(bytes), size)) {
    if (chunk.length < TAG_BYTES) throw broken();
    yield opened(key, chunk, nonce(at, last));
  }
}

function opened(key: KeyObject, chunk: Buffer, nonce: Buffer): Buffer {
  const tagAt = chunk.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(CIPHER, key, nonce, OPTIONS);
    decipher.setAAD(HEAD);
    decipher.setAuthTag(chunk.subarray(tagAt));
    const plain = decipher.update(chunk.subarray(0, tagAt));
    decipher.final();
    return plain;
  } catch {
    throw broken();
  }
}

function nonce(at: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(NONCE_BYTES);
  bytes.writeBigUInt64BE(BigInt(at), 0);
  bytes[NONCE_BYTES - 1] = last ? 1 : 0;
  return bytes;
}

interface Chunk {
  readonly chunk: Buffer;
  readonly at: number;
  readonly last: boolean;
}

/** Pieces of one size; the last is shorter, and empty where nothing is left. */
async function* chunked(
  bytes: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Chunk, void> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let at = 0;
  for await (const part of bytes) {
    parts.push(part);
    length += part.length;
    if (length <= size) continue;
    const whole = Buffer.concat(parts);
    let from = 0;
    // One byte at least stays behind: only what ends the stream is its last chunk.
    for (; whole.length - from > size; from += size) {
      yield { chunk: whole.subarray(from, from + size), at, last: false };
      at += 1;
    }
    parts = [whole.subarray(from)];
    length = whole.length - from;
  }
  yield { chunk: Buffer.concat(parts), at, last: true };
}

async function* withoutHead(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head = Buffer.alloc(0);
  for await (const part of bytes) {
    const missing = HEAD.length - head.length;
    if (missing > 0) head = Buffer.concat([head, part.subarray(0, missing)]);
    if (!HEAD.subarray(0, head.length).equals(head)) throw broken();
    if (part.length > missing) yield part.subarray(missing);
  }
}

function broken(): OubliError {
  return new OubliError("SEAL_BROKEN");
}
