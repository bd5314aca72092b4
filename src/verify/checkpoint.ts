import { fromBase64, type Bytes } from "./bytes.ts";
import { isHash, isSize } from "./merkle.ts";
import { verifyNote, type NoteFault } from "./signed-note.ts";

/** What a log was at one moment: its name, how many entries it had, and the root over them. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
}

export type CheckpointFault =
  | NoteFault
  | "checkpoint-malformed"
  /** The key signs for another log than the one that the checkpoint names. */
  | "origin-differs";

export type CheckpointResult =
  | { readonly valid: true; readonly checkpoint: Checkpoint }
  | { readonly valid: false; readonly reason: CheckpointFault };

const DECIMAL = /^(?:0|[1-9][0-9]*)$/;

/**
 * Reads the text of a checkpoint; `null` when it is none.
 *
 * Limits: no extension lines, which no one could audit, and sizes below 2^53.
 *
 * @source https://c2sp.org/tlog-checkpoint, "Note text"
 */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin, size, root, end, ...more] = text.split("\n");
  if (!origin || size === undefined || root === undefined) return null;
  if (end !== "" || more.length > 0) return null;

  const count = parseDecimal(size);
  const hash = fromBase64(root);
  if (count === null || hash === null || !isHash(hash)) return null;
  return { origin, size: count, root: hash };
}

/**
 * Checks a signed checkpoint. Its origin must be the name of the key, so that what a key signed
 * for one log is never taken for another.
 *
 * @source https://c2sp.org/tlog-checkpoint, "Signatures"
 */
export async function verifyCheckpoint(
  note: string,
  verifierKey: string,
): Promise<CheckpointResult> {
  const signed = await verifyNote(note, verifierKey);
  if (!signed.valid) return signed;
  const checkpoint = parseCheckpoint(signed.text);
  if (checkpoint === null) return { valid: false, reason: "checkpoint-malformed" };
  if (checkpoint.origin !== signed.name) return { valid: false, reason: "origin-differs" };
  return { valid: true, checkpoint };
}

/** A size or an index as C2SP writes it: decimal, no sign, no leading zero; `null` otherwise. */
export function parseDecimal(text: string): number | null {
  if (!DECIMAL.test(text)) return null;
  const value = Number(text);
  return isSize(value) ? value : null;
}
