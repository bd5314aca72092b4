import { fromBase64, fromUtf8, type Bytes } from "./bytes.ts";
import { parseCanonicalObject, type JsonObject } from "./canonical-json.ts";
import { leafHash } from "./merkle.ts";
import { parseNote } from "./signed-note.ts";
import { parseTlogProof, verifyTlogProof } from "./tlog-proof.ts";

/** The ledger entries that a certificate can be about. */
export const CERTIFIED_TYPES = [
  "erase.executed",
  "erase.final",
  "correct.executed",
  "targets.settled",
] as const;

export type CertifiedType = (typeof CERTIFIED_TYPES)[number];

/** A ledger entry, as it was signed. */
export type CertifiedEntry = JsonObject & { readonly t: CertifiedType };

/** Why a certificate was refused. A released code keeps its meaning forever. */
export const CERTIFICATE_FAULTS = [
  "certificate-malformed",
  "format-unknown",
  "verifier-key-malformed",
  "proof-malformed",
  "note-malformed",
  "unsigned-content",
  "signature-missing",
  "signature-wrong",
  "checkpoint-malformed",
  "origin-differs",
  "leaf-not-included",
  "entry-malformed",
  "entry-type-uncertified",
  "verifier-key-differs",
] as const;

export type CertificateFault = (typeof CERTIFICATE_FAULTS)[number];

export type CertificateResult =
  | {
      readonly valid: true;
      readonly entry: CertifiedEntry;
      /** The entry's number in the ledger. */
      readonly index: number;
      /** The ledger that holds it. */
      readonly origin: string;
      /** How many entries the ledger had when it was signed. */
      readonly size: number;
    }
  | { readonly valid: false; readonly reason: CertificateFault };

interface Certificate {
  readonly format: string;
  readonly entry: Bytes;
  readonly proof: string;
  readonly verifierKey: string | undefined;
}

const FORMAT = "oubli-certificate-1";

/** Far above an entry of 65,535 bytes and the longest proof. */
const CERTIFICATE_LENGTH_MAX = 1024 * 1024;

/**
 * Checks a certificate offline: that the ledger of `verifierKey` holds exactly this entry.
 *
 * Every byte of a valid certificate counts, except one newline at its end: a change of any other
 * is refused. So it has one spelling, one signature, and no extra data in its proof.
 *
 * Limits: it proves what the ledger says, signed and in its place. That a key was destroyed in
 * fact, and what a medium may keep, is not in the mathematics; the entry lists its limitations.
 *
 * @param certificate The file `certificate.json`, as text or as bytes.
 * @param verifierKey From the ledger's owner, by another way than the certificate. Where the
 *   file names one, it is there for people, and is only compared with this.
 * @source https://c2sp.org/tlog-proof, "Verifying a tlog proof"; RFC 8785 for the file's spelling
 */
export async function verifyCertificate(
  certificate: string | Uint8Array,
  verifierKey: string,
): Promise<CertificateResult> {
  const text = typeof certificate === "string" ? certificate : fromUtf8(certificate);
  const parsed = text === null ? null : parseCertificate(text);
  if (parsed === null) return refuse("certificate-malformed");
  if (parsed.format !== FORMAT) return refuse("format-unknown");

  const leaf = await leafHash(parsed.entry);
  const logged = await verifyTlogProof({ proof: parsed.proof, leaf, verifierKey });
  if (!logged.valid) return logged;
  if (hasUnsignedContent(parsed.proof)) return refuse("unsigned-content");

  // Only now, as what was signed, is the entry read.
  const entry = parseCanonicalObject(fromUtf8(parsed.entry) ?? "");
  if (entry === null) return refuse("entry-malformed");
  if (!isCertified(entry)) return refuse("entry-type-uncertified");
  if ((parsed.verifierKey ?? verifierKey) !== verifierKey) return refuse("verifier-key-differs");

  const { origin, size } = logged.checkpoint;
  return { valid: true, entry, index: logged.index, origin, size };
}

function parseCertificate(text: string): Certificate | null {
  if (text.length > CERTIFICATE_LENGTH_MAX) return null;
  const file = parseCanonicalObject(text.endsWith("\n") ? text.slice(0, -1) : text);
  if (file === null) return null;

  const { format, entry, proof, verifierKey, ...unknown } = file;
  if (typeof format !== "string" || typeof entry !== "string" || typeof proof !== "string") {
    return null;
  }
  if (verifierKey !== undefined && typeof verifierKey !== "string") return null;
  const bytes = fromBase64(entry);
  if (bytes === null || Object.keys(unknown).length > 0) return null;
  return { format, entry: bytes, proof, verifierKey };
}

/** Whether a proof that holds also carries what the key did not sign, and anyone could change. */
function hasUnsignedContent(text: string): boolean {
  const proof = parseTlogProof(text);
  const note = proof === null ? null : parseNote(proof.checkpoint);
  return proof?.extra !== null || note?.signatures.length !== 1;
}

function isCertified(entry: JsonObject): entry is CertifiedEntry {
  return CERTIFIED_TYPES.some((type) => type === entry["t"]);
}

function refuse(reason: CertificateFault): CertificateResult {
  return { valid: false, reason };
}
