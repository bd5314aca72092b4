import { OubliError } from "#kernel";

import { MANIFEST, type ArchiveFile, type ArchiveWriter } from "./archive.ts";

/** Where bytes go: a file's stream, standard output, a connection. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

const BLOCK = 512;

/** A number that fits the eleven octal digits of a header. */
const OCTAL_MAX = 8 ** 11 - 1;

/**
 * Writes a backup as one tar stream, manifest last: `tar -x` makes a backup folder of it.
 *
 * @source POSIX.1-1988 (ustar); GNU's base-256 sizes beyond 8 GiB
 */
export function tarWriter(sink: ByteSink): ArchiveWriter {
  async function add({ name, size, bytes }: ArchiveFile): Promise<void> {
    await sink.write(header(name, size));
    let written = 0;
    for await (const chunk of bytes) {
      written += chunk.length;
      await sink.write(chunk);
    }
    // Where the header says another size, everything behind it would be read as something else.
    if (written !== size) throw new OubliError("BACKUP_DAMAGED", { size, found: written });
    await sink.write(padding(size));
  }

  return {
    add,
    async finish(manifest) {
      const bytes = Buffer.from(manifest);
      await add({ name: MANIFEST, size: bytes.length, bytes: once(bytes) });
      await sink.write(Buffer.alloc(2 * BLOCK));
    },
    // What was written has no manifest, and no end.
    abort: async () => {},
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function padding(size: number): Uint8Array {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

function header(name: string, size: number): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write("0000600\0", 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  writeSize(block, size);
  block.write("00000000000\0", 136);
  block.write("        ", 148);
  block.write("0", 156);
  block.write("ustar\u000000", 257);
  block.write(`${checksum(block).toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function writeSize(block: Buffer, size: number): void {
  if (size <= OCTAL_MAX) block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
}

/** Of a header whose checksum field is blank. */
function checksum(block: Buffer): number {
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum;
}

/** One file of a tar stream. Its bytes are read before the next one is asked for. */
export interface TarEntry {
  readonly name: string;
  readonly size: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Reads a tar stream as {@link tarWriter} writes it: plain files with short names. Whether they
 * are what was written, the manifest's hashes tell.
 *
 * @throws {OubliError} `BACKUP_DAMAGED` for any other stream, and one that ends too soon.
 */
export async function* readTar(stream: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const reader = createReader(stream);
  for (;;) {
    const block = await reader.exactly(BLOCK);
    if (block.every((byte) => byte === 0)) return;
    const entry = parseHeader(block);
    if (entry === null) throw damaged();
    const bytes = reader.upTo(entry.size);
    yield { ...entry, bytes };
    for await (const _ of bytes);
    await reader.exactly(padding(entry.size).length);
  }
}

function parseHeader(block: Buffer): { readonly name: string; readonly size: number } | null {
  const text = (from: number, length: number): string =>
    block.toString("latin1", from, from + length).replace(/[\0 ].*$/s, "");
  const size = block[124] === 0x80 ? Number(block.readBigUInt64BE(128)) : octal(text(124, 12));
  const plain = block[156] === 0x30 || block[156] === 0;
  if (!plain || octal(text(148, 8)) !== checksum(block) || size === null) return null;
  return Number.isSafeInteger(size) ? { name: text(0, 100), size } : null;
}

function octal(digits: string): number | null {
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : null;
}

function createReader(stream: AsyncIterable<Uint8Array>) {
  const source = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();

  async function some(most: number): Promise<Uint8Array> {
    while (rest.length === 0) {
      const next = await source.next();
      if (next.done) throw damaged();
      rest = next.value;
    }
    const taken = rest.subarray(0, most);
    rest = rest.subarray(taken.length);
    return taken;
  }

  async function* upTo(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0;) {
      const chunk = await some(left);
      left -= chunk.length;
      yield chunk;
    }
  }

  return {
    upTo,
    async exactly(size: number): Promise<Buffer> {
      const chunks: Uint8Array[] = [];
      for await (const chunk of upTo(size)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}

function damaged(): OubliError {
  return new OubliError("BACKUP_DAMAGED");
}
