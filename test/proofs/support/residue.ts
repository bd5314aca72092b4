import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A scan of raw files for what should not be in them, in every form that code is likely to give a
 * text or a vector by accident.
 */
export interface Needle {
  /** What it stands for: `content`. */
  readonly of: string;
  readonly encoding: string;
  readonly bytes: Buffer;
}

export interface Hit {
  readonly of: string;
  readonly encoding: string;
  readonly file: string;
  readonly at: number;
}

/**
 * A text that occurs nowhere else. Its core is letters and digits, so that it is found in whatever
 * encloses it; around it stands what JSON and URLs have to escape.
 */
export interface Canary {
  readonly of: string;
  readonly core: string;
  readonly text: string;
}

/** Fewer bytes than this could be found by chance. */
const BYTES_MIN = 8;

export function textNeedles({ of, core, text }: Canary): readonly Needle[] {
  const needles: Needle[] = [];
  const add = (encoding: string, bytes: Buffer | string): void => {
    const raw = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    if (raw.length < BYTES_MIN) throw new Error(`${of} as ${encoding} is too short to look for`);
    needles.push({ of, encoding, bytes: raw });
  };
  for (const [part, value] of Object.entries({ core, text })) {
    const utf8 = Buffer.from(value);
    add(`${part} utf-8`, utf8);
    add(`${part} utf-16le`, Buffer.from(value, "utf16le"));
    add(`${part} utf-16be`, Buffer.from(value, "utf16le").swap16());
    add(`${part} hex`, utf8.toString("hex"));
    add(`${part} HEX`, utf8.toString("hex").toUpperCase());
    for (const offset of [0, 1, 2]) {
      add(`${part} base64+${offset}`, base64At(utf8, offset, "base64"));
      add(`${part} base64url+${offset}`, base64At(utf8, offset, "base64url"));
    }
    add(`${part} reversed bytes`, Buffer.from(utf8).reverse());
    add(`${part} reversed text`, [...value].toReversed().join(""));
    add(
      `${part} every byte %`,
      percent(utf8, (hex) => hex),
    );
    add(
      `${part} every byte %, capitals`,
      percent(utf8, (hex) => hex.toUpperCase()),
    );
    add(`${part} every character \\u`, escaped(value));
  }
  add("text url", encodeURIComponent(text));
  add("text form", new URLSearchParams([["", text]]).toString().slice(1));
  add("text json", JSON.stringify(text).slice(1, -1));
  add("text json in json", JSON.stringify(JSON.stringify(text)).slice(3, -3));
  add("core capitals", core.toUpperCase());
  return needles;
}

/** Any four neighbouring numbers of a vector, and its first as text. */
export function vectorNeedles(of: string, vector: Float32Array): readonly Needle[] {
  const needles: Needle[] = [];
  for (let from = 0; from + 4 <= vector.length; from += 4) {
    const little = Buffer.alloc(16);
    for (let at = 0; at < 4; at += 1) little.writeFloatLE(vector[from + at]!, at * 4);
    const big = Buffer.from(little).swap32();
    const name = `float32 ${from}`;
    needles.push({ of, encoding: `${name} little-endian`, bytes: little });
    needles.push({ of, encoding: `${name} big-endian`, bytes: big });
    needles.push({ of, encoding: `${name} hex`, bytes: Buffer.from(little.toString("hex")) });
    for (const offset of [0, 1, 2]) {
      const base64 = Buffer.from(base64At(little, offset, "base64"));
      needles.push({ of, encoding: `${name} base64+${offset}`, bytes: base64 });
    }
  }
  const texts = [...vector.subarray(0, 3)].join(",");
  needles.push({ of, encoding: "numbers as text", bytes: Buffer.from(texts) });
  return needles;
}

/** Every hit in every file below these folders, whatever the files are called. */
export function scanFolders(
  folders: readonly string[],
  needles: readonly Needle[],
): { readonly files: readonly string[]; readonly bytes: number; readonly hits: readonly Hit[] } {
  const files = folders.flatMap(filesBelow);
  let bytes = 0;
  const hits = files.flatMap((file) => {
    const content = readFileSync(file);
    bytes += content.length;
    return scanBytes(file, content, needles);
  });
  return { files, bytes, hits };
}

/** One pass for all needles: only where one may start is it compared. */
export function scanBytes(file: string, content: Buffer, needles: readonly Needle[]): Hit[] {
  const { pairs, byStart } = startsOf(needles);
  const hits = new Map<Needle, Hit>();
  for (let at = 0; at + BYTES_MIN <= content.length; at += 1) {
    if (pairs[(content[at]! << 8) | content[at + 1]!] === 0) continue;
    for (const needle of byStart.get(content.readUInt32BE(at)) ?? []) {
      const { of, encoding, bytes } = needle;
      const same = content.subarray(at, at + bytes.length).equals(bytes);
      if (same && !hits.has(needle)) hits.set(needle, { of, encoding, file, at });
    }
  }
  return [...hits.values()];
}

interface Starts {
  /** Whether a needle starts with these two bytes. */
  readonly pairs: Uint8Array;
  /** By their first four bytes. */
  readonly byStart: ReadonlyMap<number, readonly Needle[]>;
}

const known = new WeakMap<readonly Needle[], Starts>();

function startsOf(needles: readonly Needle[]): Starts {
  const found = known.get(needles);
  if (found) return found;
  const pairs = new Uint8Array(2 ** 16);
  for (const { bytes } of needles) pairs[bytes.readUInt16BE(0)] = 1;
  const starts = { pairs, byStart: Map.groupBy(needles, ({ bytes }) => bytes.readUInt32BE(0)) };
  known.set(needles, starts);
  return starts;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The characters of the base64 of `… bytes …` that depend on these bytes alone. */
function base64At(bytes: Buffer, offset: number, alphabet: "base64" | "base64url"): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString(alphabet);
  const start = offset === 0 ? 0 : offset + 1;
  return text.slice(start, Math.floor((offset + bytes.length) / 3) * 4);
}

function percent(bytes: Buffer, spelled: (hex: string) => string): string {
  return [...bytes].map((byte) => `%${spelled(byte.toString(16).padStart(2, "0"))}`).join("");
}

function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
