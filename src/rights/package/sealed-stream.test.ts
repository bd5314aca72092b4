import assert from "node:assert/strict";
import { createSecretKey, randomBytes, type KeyObject } from "node:crypto";
import { describe, test } from "node:test";

import { openStream, sealStream } from "./sealed-stream.ts";

const CHUNK = 64 * 1024;
const HEAD = 15;
const SEALED_CHUNK = CHUNK + 16;

const newKey = (): KeyObject => createSecretKey(randomBytes(32));

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function gathered(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

const sealed = (key: KeyObject, bytes: Uint8Array): Promise<Buffer> =>
  gathered(sealStream(key, pieces(bytes, 1000)));
const opened = (key: KeyObject, bytes: Uint8Array, size = 777): Promise<Buffer> =>
  gathered(openStream(key, pieces(bytes, size)));

describe("a sealed stream", () => {
  test("opens to what was sealed, whatever its length and however it is cut into pieces", async () => {
    const key = newKey();
    for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5]) {
      const bytes = randomBytes(length);
      const stream = await sealed(key, bytes);
      for (const size of [7, CHUNK, 1 << 20]) {
        assert.deepEqual(await opened(key, stream, size), bytes, `${length} in ${size}`);
      }
    }
  });

  test("does not open once a bit is turned, wherever it stands", async () => {
    const key = newKey();
    const stream = await sealed(key, randomBytes(CHUNK + 100));
    for (const at of [0, HEAD - 1, HEAD, HEAD + CHUNK, HEAD + SEALED_CHUNK, stream.length - 1]) {
      const changed = Buffer.from(stream);
      changed[at]! ^= 1;
      await assert.rejects(opened(key, changed), { code: "SEAL_BROKEN" }, String(at));
    }
  });

  test("does not open once it is cut short, even between two chunks", async () => {
    const key = newKey();
    const stream = await sealed(key, randomBytes(3 * CHUNK));
    for (const end of [
      0,
      5,
      HEAD,
      HEAD + SEALED_CHUNK,
      HEAD + 2 * SEALED_CHUNK,
      stream.length - 1,
    ]) {
      await assert.rejects(opened(key, stream.subarray(0, end)), { code: "SEAL_BROKEN" }, `${end}`);
    }
  });

  test("does not open once chunks are swapped, or one stands twice", async () => {
    const key = newKey();
    const stream = await sealed(key, randomBytes(3 * CHUNK));
    const chunk = (at: number) =>
      stream.subarray(HEAD + at * SEALED_CHUNK, HEAD + (at + 1) * SEALED_CHUNK);
    const head = stream.subarray(0, HEAD);
    for (const order of [
      [1, 0, 2],
      [0, 0, 1, 2],
      [0, 2],
    ]) {
      const changed = Buffer.concat([head, ...order.map(chunk)]);
      await assert.rejects(opened(key, changed), { code: "SEAL_BROKEN" }, String(order));
    }
  });

  test("does not open under another key", async () => {
    const stream = await sealed(newKey(), randomBytes(10));
    await assert.rejects(opened(newKey(), stream), { code: "SEAL_BROKEN" });
  });
});
