import { fromBase64, type Bytes } from "./bytes.ts";
import { parseCanonicalObject, type Json, type JsonObject } from "./canonical-json.ts";
import { isHash, isSize } from "./merkle.ts";
import { parseNote, verifyNote, type NoteFault } from "./signed-note.ts";

/** One file of a backup, as its manifest signs it. */
export interface BackupFile {
  readonly name: string;
  readonly database: string;
  /** How many steps its schema has. */
  readonly schema: number;
  readonly size: number;
  /** Of its bytes, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** How long a log was when the backup was made, and the root over it. */
export interface BackupLog {
  readonly log: string;
  readonly size: number;
  readonly root: Bytes;
}

/** What a backup is of, and what of it must be there. */
export interface BackupManifest {
  readonly backup: string;
  readonly scope: "full" | "keys";
  readonly region: string;
  /** Who keeps it: a processor's name, or `self`. */
  readonly host: string;
  readonly engine: string;
  /** The ledger that signed it. */
  readonly origin: string;
  readonly epoch: number;
  readonly logs: readonly BackupLog[];
  readonly files: readonly BackupFile[];
  readonly madeAt: number;
  readonly endsAt: number;
}

export type ManifestFault =
  | NoteFault
  | "manifest-malformed"
  | "format-unknown"
  /** It carries signatures of others, which nobody here can check. */
  | "unsigned-content"
  /** It names another ledger than the one that signed it. */
  | "origin-differs";

export type ManifestResult =
  | { readonly valid: true; readonly manifest: BackupManifest }
  | { readonly valid: false; readonly reason: ManifestFault };

export const BACKUP_FORMAT = "oubli-backup-1";

/**
 * Checks a backup's manifest: a signed note whose text is one line of canonical JSON. Every byte
 * of it counts. Whether the files are those that it names, is for whoever can read them to hash.
 */
export async function verifyManifest(note: string, verifierKey: string): Promise<ManifestResult> {
  const signed = await verifyNote(note, verifierKey);
  if (!signed.valid) return signed;
  if (parseNote(note)?.signatures.length !== 1) return refuse("unsigned-content");
  const json = parseCanonicalObject(signed.text.slice(0, -1));
  if (json === null) return refuse("manifest-malformed");
  if (json["format"] !== BACKUP_FORMAT) return refuse("format-unknown");
  const manifest = readManifest(json);
  if (manifest === null) return refuse("manifest-malformed");
  return manifest.origin === signed.name ? { valid: true, manifest } : refuse("origin-differs");
}

function readManifest(json: JsonObject): BackupManifest | null {
  const { backup, scope, region, host, engine, origin, epoch, madeAt, endsAt } = json;
  const logs = isList(json["logs"]) ? json["logs"].map(readLog) : [null];
  const files = isList(json["files"]) ? json["files"].map(readFile) : [null];
  const texts = [backup, region, host, engine, origin].every((text) => typeof text === "string");
  const numbers = [epoch, madeAt, endsAt].every(isCount);
  if (!texts || !numbers || (scope !== "full" && scope !== "keys")) return null;
  if (logs.includes(null) || files.includes(null)) return null;
  return { ...json, scope, logs, files } as unknown as BackupManifest;
}

function readLog(json: Json): BackupLog | null {
  if (!isObject(json)) return null;
  const { log, size, root } = json;
  const hash = typeof root === "string" ? fromBase64(root) : null;
  if (typeof log !== "string" || !isCount(size)) return null;
  return hash !== null && isHash(hash) ? { log, size, root: hash } : null;
}

function readFile(json: Json): BackupFile | null {
  if (!isObject(json)) return null;
  const { name, database, schema, size, sha256 } = json;
  // A name is a file's own, never a way to another folder.
  if (typeof name !== "string" || !/^[a-z]+\.[a-z]+$/.test(name)) return null;
  if (typeof database !== "string" || !isCount(schema) || !isCount(size)) return null;
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return null;
  return { name, database, schema, size, sha256 };
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && isSize(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function refuse(reason: ManifestFault): ManifestResult {
  return { valid: false, reason };
}
