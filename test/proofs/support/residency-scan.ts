import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { textNeedles, type Hit, type Needle } from "./residue.ts";

// Thousands of ids in forty forms each are too many to look for one after the other: here each
// byte is looked at once, whatever their number.

const KEY_BYTES = 8;

export interface Scan {
  readonly files: number;
  readonly bytes: number;
  /** One of each needle and file. */
  readonly hits: readonly Hit[];
}

/** Looks for all needles at once in every file below these folders. */
export function scanAtOnce(folders: readonly string[], needles: readonly Needle[]): Scan {
  // Bit `n` says whether a needle starts with the three bytes `n`: nearly no place has one.
  const starts = new Uint8Array(2 ** 21);
  const byKey = new Map<string, Needle[]>();
  for (const needle of needles) {
    const { bytes } = needle;
    const start = bytes.readUIntBE(0, 3);
    starts[start >>> 3]! |= 1 << (start & 7);
    const key = bytes.toString("latin1", 0, KEY_BYTES);
    byKey.set(key, [...(byKey.get(key) ?? []), needle]);
  }
  const hits = new Map<string, Hit>();
  let [files, size] = [0, 0];
  for (const file of folders.flatMap(filesBelow)) {
    const content = readIfThere(file);
    files += 1;
    size += content.length;
    let window = 0;
    for (let end = 0; end < content.length; end += 1) {
      window = ((window << 8) | content[end]!) & 0xff_ff_ff;
      if ((starts[window >>> 3]! & (1 << (window & 7))) === 0 || end < 2) continue;
      const at = end - 2;
      for (const { of, encoding, bytes } of byKey.get(
        content.toString("latin1", at, at + KEY_BYTES),
      ) ?? []) {
        if (!content.subarray(at, at + bytes.length).equals(bytes)) continue;
        hits.set(`${of} ${encoding} ${file}`, { of, encoding, file, at });
      }
    }
  }
  return { files, bytes: size, hits: [...hits.values()] };
}

/** An id in every form of a text, and its random bytes as they are. */
export function idNeedles(id: string): readonly Needle[] {
  const raw = Buffer.from(id.slice(id.indexOf("_") + 1), "base64url");
  const forms = textNeedles({ of: id, core: id, text: id });
  const once = new Map(forms.map((needle) => [needle.bytes.toString("latin1"), needle]));
  return [
    ...once.values(),
    { of: id, encoding: "raw", bytes: raw },
    { of: id, encoding: "raw hex", bytes: Buffer.from(raw.toString("hex")) },
  ];
}

const ID = /(?:sub|node|ses|era|con|hold|res|ent|lease|bak)_[A-Za-z0-9_-]{22}/g;

/** Every id that stands in a file below these folders. Names of tables and indexes have no capitals. */
export function idsIn(folders: readonly string[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const file of folders.flatMap(filesBelow)) {
    for (const [id] of readIfThere(file).toString("latin1").matchAll(ID)) {
      if (/[A-Z]/.test(id)) ids.add(id);
    }
  }
  return ids;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A server that runs may have removed it since it was listed. */
function readIfThere(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}
