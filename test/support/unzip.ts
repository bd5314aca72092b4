import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import { buffer } from "node:stream/consumers";

import yauzl from "yauzl";

import type { GivenPackage } from "#verify";

/** Every file of a ZIP, read by code that is not ours. */
export async function unzip(bytes: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  const zip = await yauzl.fromBufferPromise(bytes);
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  }
  return files;
}

/** A stream that keeps what it is given. */
export function sink(): { readonly stream: Writable; bytes(): Buffer } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, bytes: () => Buffer.concat(chunks) };
}

export const textOf = (files: ReadonlyMap<string, Buffer>, name: string): string =>
  files.get(name)?.toString("utf8") ?? "";

/** The records of one section, over all of its files. */
export function recordsOf(
  files: ReadonlyMap<string, Buffer>,
  section: string,
): Record<string, unknown>[] {
  const names = [...files.keys()].filter((name) => name.startsWith(`data/${section}/`)).sort();
  const lines = names.flatMap((name) => textOf(files, name).split("\n").filter(Boolean));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** As the verifier is given it. */
export function asGiven(files: ReadonlyMap<string, Buffer>): GivenPackage {
  const own = new Set(["manifest.note", "checksums.txt"]);
  const others = [...files].filter(([name]) => !own.has(name));
  const hash = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
  return {
    note: textOf(files, "manifest.note"),
    checksums: textOf(files, "checksums.txt"),
    files: new Map(others.map(([name, bytes]) => [name, hash(bytes)])),
  };
}
