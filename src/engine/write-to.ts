import type { Writable } from "node:stream";

import { OubliError } from "#kernel";

/**
 * Waits for a stream that takes no more; it stays open.
 *
 * @throws {OubliError} `STORE_UNAVAILABLE`, with its own error as the cause, if it fails.
 */
export async function writeTo(stream: Writable, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.write(bytes, (error) => {
      if (error) reject(new OubliError("STORE_UNAVAILABLE", {}, error));
      else resolve();
    });
  });
}
