/** One file on its way into a backup, or out of it. */
export interface ArchiveFile {
  readonly name: string;
  readonly size: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Where a backup is written: a folder, or a stream. */
export interface ArchiveWriter {
  /** Durable, or handed over whole, when the promise resolves. */
  add(file: ArchiveFile): Promise<void>;
  /** Comes last: what has no manifest is no backup. */
  finish(manifest: string): Promise<void>;
  /** After a failure: leaves nothing that could be taken for a backup. */
  abort(): Promise<void>;
}

/** The manifest's name in every archive. */
export const MANIFEST = "manifest.note";

/** A manifest is some 2,000 bytes. */
export const MANIFEST_BYTES_MAX = 64 * 1024;
