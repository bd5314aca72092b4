import { hex, utf8 } from "./bytes.ts";
import { parseCanonicalObject, type Json, type JsonObject } from "./canonical-json.ts";
import { isSize } from "./merkle.ts";
import { parseNote, verifyNote, type NoteFault } from "./signed-note.ts";

/** What was given to a person who asked for their data. It names nobody. */
export interface PackageManifest {
  readonly package: string;
  /** The ledger that signed it. */
  readonly origin: string;
  readonly madeAt: number;
  /** Whether every system that was asked has answered. */
  readonly complete: boolean;
  /** How many files its list of checksums names. */
  readonly files: number;
  /** Of that list's bytes, 64 hexadecimal digits. */
  readonly checksums: string;
}

export type PackageFault =
  | NoteFault
  | "manifest-malformed"
  | "format-unknown"
  | "unsigned-content"
  | "origin-differs"
  /** The list of checksums is not the one that was signed. */
  | "checksums-differ"
  | "file-missing"
  | "file-differs"
  /** A file that the list does not name. */
  | "file-added";

export type PackageResult =
  | { readonly valid: true; readonly manifest: PackageManifest }
  | { readonly valid: false; readonly reason: PackageFault; readonly file?: string };

/** A package as whoever holds it reads it: no file but these two is read here. */
export interface GivenPackage {
  /** The text of `manifest.note`. */
  readonly note: string;
  /** The text of `checksums.txt`. */
  readonly checksums: string;
  /** Every other file: its path within the package, and its SHA-256 as hexadecimal digits. */
  readonly files: ReadonlyMap<string, string>;
}

export const PACKAGE_FORMAT = "oubli-package-1";

/** As `sha256sum` writes it. A path never leads out of the package, nor to a hidden file. */
const LINE = /^([0-9a-f]{64}) {2}([a-z0-9][\w.-]*(?:\/[a-z0-9][\w.-]*)*)$/;

/**
 * Checks a package of a person's data: signed by this ledger, each file as it was, none added and
 * none taken away.
 */
export async function verifyPackage(
  { note, checksums, files }: GivenPackage,
  verifierKey: string,
): Promise<PackageResult> {
  const signed = await verifyNote(note, verifierKey);
  if (!signed.valid) return signed;
  if (parseNote(note)?.signatures.length !== 1) return refuse("unsigned-content");
  const json = parseCanonicalObject(signed.text.slice(0, -1));
  if (json === null) return refuse("manifest-malformed");
  if (json["format"] !== PACKAGE_FORMAT) return refuse("format-unknown");
  const manifest = readManifest(json);
  if (manifest === null) return refuse("manifest-malformed");
  if (manifest.origin !== signed.name) return refuse("origin-differs");
  if ((await sha256(checksums)) !== manifest.checksums) return refuse("checksums-differ");
  return compareFiles(manifest, readChecksums(checksums), files);
}

/** The paths that a list of checksums names, each with its hash; `null`: it is no such list. */
export function readChecksums(text: string): ReadonlyMap<string, string> | null {
  if (!text.endsWith("\n")) return null;
  const listed = new Map<string, string>();
  for (const line of text.slice(0, -1).split("\n")) {
    const [, hash, name] = LINE.exec(line) ?? [];
    if (hash === undefined || name === undefined || listed.has(name)) return null;
    listed.set(name, hash);
  }
  return listed;
}

function compareFiles(
  manifest: PackageManifest,
  listed: ReadonlyMap<string, string> | null,
  files: ReadonlyMap<string, string>,
): PackageResult {
  if (listed === null || listed.size !== manifest.files) return refuse("manifest-malformed");
  for (const [name, hash] of listed) {
    const found = files.get(name);
    if (found === undefined) return { ...refuse("file-missing"), file: name };
    if (found !== hash) return { ...refuse("file-differs"), file: name };
  }
  for (const name of files.keys()) {
    if (!listed.has(name)) return { ...refuse("file-added"), file: name };
  }
  return { valid: true, manifest };
}

function readManifest(json: JsonObject): PackageManifest | null {
  const { package: id, origin, madeAt, complete, files, checksums } = json;
  if (typeof id !== "string" || typeof origin !== "string") return null;
  if (!isCount(madeAt) || !isCount(files) || typeof complete !== "boolean") return null;
  if (typeof checksums !== "string" || !/^[0-9a-f]{64}$/.test(checksums)) return null;
  return { package: id, origin, madeAt, complete, files, checksums };
}

async function sha256(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && isSize(value);
}

function refuse(reason: PackageFault): { readonly valid: false; readonly reason: PackageFault } {
  return { valid: false, reason };
}
