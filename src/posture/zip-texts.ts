import { inflateRawSync } from "node:zlib";

const END = 0x06054b50;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const DEFLATED = 8;

/**
 * The files of a small archive by name, as text.
 *
 * @source PKWARE APPNOTE 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end)
 */
export function zipTexts(zip: Buffer): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const end = lastEnd(zip);
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameBytes = zip.readUInt16LE(at + 28);
    const name = zip.toString("utf8", at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes);
    const packed = contentAt(zip, zip.readUInt32LE(at + 42), zip.readUInt32LE(at + 20));
    const deflated = zip.readUInt16LE(at + 10) === DEFLATED;
    texts.set(name, (deflated ? inflateRawSync(packed) : packed).toString("utf8"));
    at += ENTRY_BYTES + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return texts;
}

function lastEnd(zip: Buffer): number {
  for (let at = zip.length - 22; at >= 0; at -= 1) if (zip.readUInt32LE(at) === END) return at;
  throw new RangeError("no archive");
}

function contentAt(zip: Buffer, at: number, bytes: number): Buffer {
  const start = at + LOCAL_BYTES + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28);
  return zip.subarray(start, start + bytes);
}
