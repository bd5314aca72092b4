import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";

import { canonicalJson, type EpochMs } from "#kernel";
import { PACKAGE_FORMAT } from "#verify";
import { ZipFile } from "yazl";

/** Takes the archive's bytes as they come, and settles when the last one is where it belongs. */
export type Consume = (bytes: AsyncIterable<Uint8Array>) => Promise<unknown>;

export interface Archive {
  /** Writes one file. It is gone from memory when this resolves. */
  add(name: string, content: Iterable<string> | AsyncIterable<string>): Promise<void>;
  /** Writes the checksums of all files and the signed manifest, and ends. */
  finish(manifest: ManifestFacts): Promise<void>;
  /** Lets go of whoever takes the bytes: what they got is no archive. */
  abort(reason: unknown): Promise<void>;
}

export interface ManifestFacts {
  readonly package: string;
  readonly origin: string;
  readonly madeAt: EpochMs;
  readonly complete: boolean;
  readonly attest: (text: string) => Promise<string>;
}

/** What every file is called: our own letters alone, so that no name leads anywhere else. */
const SAFE_NAME = /^[A-Za-z0-9][\w-]*(?:\.\w+)*(?:\/[a-z0-9][\w-]*(?:\.\w+)*)*$/;

/**
 * A ZIP that is written as it is made, one file after the other.
 *
 * Cost: what is in hand of one file, and a line for each file that was written.
 *
 * @source PKWARE APPNOTE 6.3 (ZIP64 where a size or a count needs it)
 */
export function openArchive(madeAt: EpochMs, consume: Consume): Archive {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  const checksums: string[] = [];
  // The system's own dates begin in 1980.
  const mtime = new Date(Math.max(madeAt, Date.UTC(1980, 0, 2)));
  // Whoever takes the bytes is told of it; where they have left, it is nobody's.
  output.on("error", () => {});
  zip.on("error", (error: Error) => output.destroy(error));
  const consumed = Promise.resolve(consume(output));
  const failed = consumed.then(() => {
    throw new Error("The archive's bytes were not taken to their end.");
  });
  failed.catch(() => {});

  async function write(name: string, content: AsyncIterable<Buffer>): Promise<void> {
    assert(SAFE_NAME.test(name), "a file of the package has a safe name");
    const body = Readable.from(content, { objectMode: false });
    const closed = once(body, "close");
    // The ZIP remembers every entry to its end, and what it was told of it: never the content.
    let given: Readable | null = body;
    zip.addReadStreamLazy(name, { mtime, mode: 0o100_600 }, (take) => {
      take(null, given!);
      given = null;
    });
    ownName(zip, name);
    try {
      await Promise.race([closed, failed]);
    } finally {
      body.destroy();
    }
  }

  return {
    async add(name, content) {
      const hash = createHash("sha256");
      await write(name, hashed(content, hash));
      checksums.push(`${hash.digest("hex")}  ${name}\n`);
    },
    async finish({ attest, ...facts }) {
      const list = checksums.join("");
      const manifest = canonicalJson({
        ...facts,
        format: PACKAGE_FORMAT,
        files: checksums.length,
        checksums: createHash("sha256").update(list).digest("hex"),
      });
      await write("checksums.txt", only(list));
      await write("manifest.note", only(await attest(`${manifest}\n`)));
      zip.end();
      await consumed;
    },
    async abort(reason) {
      output.destroy(reason instanceof Error ? reason : new Error("The archive was not finished."));
      await consumed.catch(() => {});
    },
  };
}

/**
 * The ZIP keeps the bytes of each name to its end. As it makes them they are a slice of a block that
 * others share, and each would keep a whole block with it.
 */
function ownName(zip: ZipFile, name: string): void {
  const { entries } = zip as ZipFile & { readonly entries: { utf8FileName: Buffer }[] };
  entries.at(-1)!.utf8FileName = bytesOf(name);
}

/** As long as what a stream takes at once. */
const CHUNK_LENGTH = 64 * 1024;

async function* hashed(
  content: Iterable<string> | AsyncIterable<string>,
  hash: { update(bytes: Buffer): unknown },
): AsyncGenerator<Buffer> {
  let waiting = "";
  for await (const text of content) {
    waiting += text;
    if (waiting.length < CHUNK_LENGTH) continue;
    const bytes = bytesOf(waiting);
    waiting = "";
    hash.update(bytes);
    yield bytes;
  }
  const bytes = bytesOf(waiting);
  hash.update(bytes);
  yield bytes;
}

/** In memory of their own: a shared block would stay for as long as any name that stands in it. */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

async function* only(text: string): AsyncGenerator<Buffer> {
  yield bytesOf(text);
}
