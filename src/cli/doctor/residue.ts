import assert from "node:assert/strict";
import { mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";

/** One way in which a text, or a vector, may stand in a file. */
export interface Pattern {
  readonly encoding: string;
  readonly bytes: Buffer;
}

/** Something that must not stand in any file, in every encoding that is looked for. */
export interface Needle {
  readonly name: string;
  readonly patterns: readonly Pattern[];
}

export interface Hit {
  readonly file: string;
  readonly needle: string;
  readonly encoding: string;
}

export interface Scan {
  readonly files: number;
  readonly bytes: number;
  readonly hits: readonly Hit[];
}

/** A shorter text would be found by chance. */
const NEEDLE_BYTES_MIN = 8;

const CHUNK_BYTES = 256 * 1024;

export function textNeedle(name: string, text: string): Needle {
  const utf8 = Buffer.from(text);
  assert(utf8.length >= NEEDLE_BYTES_MIN, "a needle has at least eight bytes");
  const url = encodeURIComponent(text);
  const json = JSON.stringify(text).slice(1, -1);
  const given: [string, string | Buffer][] = [
    ["raw", utf8],
    ["utf-16", Buffer.from(text, "utf16le")],
    ...[0, 1, 2].flatMap((offset) => base64Parts(utf8, offset)),
    ["hex", utf8.toString("hex")],
    ["hex", utf8.toString("hex").toUpperCase()],
    ["url", url],
    ["url", url.replaceAll("%20", "+")],
    ["reversed", [...text].toReversed().join("")],
    ["json", json],
    ["json", json.replaceAll(/[^ -~]/g, escapeCodeUnit)],
  ];
  return { name, patterns: distinct(given) };
}

/** A vector as the 32-bit floats that it is computed with, in either byte order. */
export function vectorNeedle(name: string, vector: Float32Array): Needle {
  const little = Buffer.from(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
  const big = Buffer.from(little).swap32();
  return {
    name,
    patterns: distinct([
      ["float32", little],
      ["float32", big],
    ]),
  };
}

/** Looks for needles in every file below some folders, and in the files' names. */
export async function scanFolders(
  folders: readonly string[],
  needles: readonly Needle[],
  onFile: (path: string) => void = () => {},
): Promise<Scan> {
  let [files, bytes] = [0, 0];
  const hits: Hit[] = [];
  for (const folder of new Set(folders)) {
    for (const path of await filesBelow(folder)) {
      onFile(path);
      const file = join(basename(folder), relative(folder, path));
      const found = await scanFile(path, needles);
      const named = hitsIn(Buffer.from(basename(path)), needles);
      for (const { needle, encoding } of uniqueHits([...found.hits, ...named])) {
        hits.push({ file, needle, encoding });
      }
      files += 1;
      bytes += found.bytes;
    }
  }
  return { files, bytes, hits };
}

/**
 * Whether a scan would find the needles: plants each pattern in a scratch file outside of every
 * store, and scans that. A scan that has no such control proves nothing.
 *
 * @returns the encodings that were missed; none when the control holds.
 */
export async function missedByControl(needles: readonly Needle[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "oubli-control-"));
  try {
    const planted = needles.flatMap(({ name, patterns }) =>
      patterns.map((pattern, at) => ({ name, at, ...pattern })),
    );
    for (const { name, at, bytes } of planted) {
      // Across what is read at a time.
      const noise = Buffer.alloc(CHUNK_BYTES - Math.ceil(bytes.length / 2), 0x2e);
      await writeFile(
        join(folder, `${name}-${at}`),
        Buffer.concat([noise, bytes, noise.subarray(-9)]),
      );
    }
    const { hits } = await scanFolders([folder], needles);
    return planted
      .filter(({ name, at, encoding }) => {
        const file = `${name}-${at}`;
        const isIt = (hit: Hit) =>
          basename(hit.file) === file && hit.needle === name && hit.encoding === encoding;
        return !hits.some(isIt);
      })
      .map(({ name, encoding }) => `${name}: ${encoding}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What of a base64 text stands fast when the needle begins at this offset within a triple. */
function base64Parts(utf8: Buffer, offset: number): [string, string][] {
  const padded = Buffer.concat([Buffer.alloc(offset), utf8]);
  const text = padded.toString("base64").replaceAll("=", "");
  const from = Math.ceil((offset * 8) / 6);
  // The last letter also holds bits of whatever follows, unless a triple ends there.
  const inner = text.slice(from, padded.length % 3 === 0 ? undefined : -1);
  const safe = inner.replaceAll("+", "-").replaceAll("/", "_");
  return [
    [`base64+${offset}`, inner],
    [`base64+${offset}`, safe],
  ];
}

function escapeCodeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function distinct(given: readonly (readonly [string, string | Buffer])[]): Pattern[] {
  const seen = new Map<string, Pattern>();
  for (const [encoding, content] of given) {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    const key = bytes.toString("latin1");
    if (!seen.has(key)) seen.set(key, { encoding, bytes });
  }
  return [...seen.values()];
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

type FileHit = Omit<Hit, "file">;

async function scanFile(
  path: string,
  needles: readonly Needle[],
): Promise<{ readonly bytes: number; readonly hits: readonly FileHit[] }> {
  const longest = Math.max(...needles.flatMap(({ patterns }) => patterns.map(lengthOf)), 1);
  const window = Buffer.allocUnsafe(CHUNK_BYTES + longest - 1);
  const hits: FileHit[] = [];
  let [bytes, kept] = [0, 0];
  try {
    await using file = await open(path);
    for (;;) {
      const { bytesRead } = await file.read(window, kept, CHUNK_BYTES);
      if (bytesRead === 0) break;
      const filled = kept + bytesRead;
      hits.push(...hitsIn(window.subarray(0, filled), needles));
      bytes += bytesRead;
      // A needle may lie across two chunks.
      kept = Math.min(filled, longest - 1);
      window.copyWithin(0, filled - kept, filled);
    }
  } catch (error) {
    // Temporary files come and go beside a live store.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return { bytes, hits };
}

function hitsIn(window: Buffer, needles: readonly Needle[]): FileHit[] {
  return needles.flatMap(({ name, patterns }) =>
    patterns
      .filter(({ bytes }) => window.includes(bytes))
      .map(({ encoding }) => ({ needle: name, encoding })),
  );
}

function uniqueHits(hits: readonly FileHit[]): readonly FileHit[] {
  return [...new Map(hits.map((hit) => [`${hit.needle} ${hit.encoding}`, hit])).values()];
}

function lengthOf({ bytes }: Pattern): number {
  return bytes.length;
}
