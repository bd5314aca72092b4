import { fromBase64, hex, utf8, type Bytes } from "./bytes.ts";
import { isSignedBy, parseVerifierKey } from "./verifier-key.ts";

export interface NoteSignature {
  readonly name: string;
  /** 8 hexadecimal digits. */
  readonly keyId: string;
  readonly signature: Bytes;
}

export interface SignedNote {
  /** What is signed: every line, with the last newline, without the blank line. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export type NoteFault =
  | "verifier-key-malformed"
  | "note-malformed"
  /** No signature names the verifier key. */
  | "signature-missing"
  /** A signature names the verifier key, and is not its. */
  | "signature-wrong";

export type NoteResult =
  | { readonly valid: true; readonly text: string; readonly name: string }
  | { readonly valid: false; readonly reason: NoteFault };

/** The Go implementation's limits: what one tool reads, the other reads. */
const NOTE_LENGTH_MAX = 1_000_000;
const SIGNATURES_MAX = 100;

const KEY_ID_BYTES = 4;

const SIGNATURE_LINE = /^— ([^+\p{White_Space}]+) ([A-Za-z0-9+/=]+)$/u;

/** Every control character below U+0020 but the newline. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

/**
 * Splits a note into its text and its signatures, without judging them; `null` when it is none.
 *
 * @source https://c2sp.org/signed-note, "Format"
 */
export function parseNote(note: string): SignedNote | null {
  if (note.length > NOTE_LENGTH_MAX || !note.isWellFormed() || CONTROL.test(note)) return null;
  // The last blank line counts: the text may have blank lines of its own.
  const blank = note.lastIndexOf("\n\n");
  if (blank === -1 || !note.endsWith("\n")) return null;

  const lines = note.slice(blank + 2, -1).split("\n");
  if (lines.length > SIGNATURES_MAX) return null;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignature(line);
    if (signature === null) return null;
    signatures.push(signature);
  }
  return { text: note.slice(0, blank + 1), signatures };
}

/**
 * Checks that a note is signed by one key. Signatures by other keys are passed over; every one
 * that names this key must be its.
 *
 * @param verifierKey As {@link parseVerifierKey} reads it.
 * @source https://c2sp.org/signed-note, "Signatures"
 */
export async function verifyNote(note: string, verifierKey: string): Promise<NoteResult> {
  const key = await parseVerifierKey(verifierKey);
  if (key === null) return { valid: false, reason: "verifier-key-malformed" };
  const parsed = parseNote(note);
  if (parsed === null) return { valid: false, reason: "note-malformed" };

  const own = parsed.signatures.filter((by) => by.name === key.name && by.keyId === key.keyId);
  if (own.length === 0) return { valid: false, reason: "signature-missing" };
  const message = utf8(parsed.text);
  for (const { signature } of own) {
    if (!(await isSignedBy(key, message, signature))) {
      return { valid: false, reason: "signature-wrong" };
    }
  }
  return { valid: true, text: parsed.text, name: key.name };
}

function parseSignature(line: string): NoteSignature | null {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
  if (name === undefined || encoded === undefined) return null;
  const bytes = fromBase64(encoded);
  if (bytes === null || bytes.length <= KEY_ID_BYTES) return null;
  return {
    name,
    keyId: hex(bytes.subarray(0, KEY_ID_BYTES)),
    signature: bytes.slice(KEY_ID_BYTES),
  };
}
