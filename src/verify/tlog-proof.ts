import { fromBase64, type Bytes } from "./bytes.ts";
import {
  parseDecimal,
  verifyCheckpoint,
  type Checkpoint,
  type CheckpointFault,
} from "./checkpoint.ts";
import { verifyInclusion } from "./inclusion-proof.ts";
import { isHash } from "./merkle.ts";

export interface TlogProof {
  readonly index: number;
  readonly hashes: readonly Bytes[];
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: string;
  /** Nobody signed this: never trust it. */
  readonly extra: Bytes | null;
}

export interface TlogProofClaim {
  /** The text of a `.tlog-proof` file. */
  readonly proof: string;
  /** The hash of the entry that the proof is said to be of. */
  readonly leaf: Uint8Array;
  readonly verifierKey: string;
}

export type TlogProofFault = CheckpointFault | "proof-malformed" | "leaf-not-included";

export type TlogProofResult =
  | { readonly valid: true; readonly index: number; readonly checkpoint: Checkpoint }
  | { readonly valid: false; readonly reason: TlogProofFault };

const HEADER = "c2sp.org/tlog-proof@v1";
const EXTRA = "extra ";
const INDEX = "index ";

/**
 * Reads a proof; `null` when it is none. Its checkpoint is handed on as it stands, unread.
 *
 * @source https://c2sp.org/tlog-proof, "Format"
 */
export function parseTlogProof(text: string): TlogProof | null {
  const blank = text.indexOf("\n\n");
  if (blank === -1) return null;
  const lines = text.slice(0, blank).split("\n");
  if (lines.shift() !== HEADER) return null;

  let extra: Bytes | null = null;
  if (lines[0]?.startsWith(EXTRA)) {
    extra = fromBase64(lines.shift()!.slice(EXTRA.length));
    // Without extra data the line is left out, so an empty one is a second spelling of none.
    if (extra === null || extra.length === 0) return null;
  }
  const index = parseIndex(lines.shift());
  const hashes = lines.map(fromBase64);
  if (index === null || !hashes.every(isProofHash)) return null;
  return { index, hashes, checkpoint: text.slice(blank + 2), extra };
}

/**
 * Checks that a log's signer vouches for an entry. Offline: the proof holds all that it needs,
 * except the key and the entry.
 *
 * @source https://c2sp.org/tlog-proof, "Verifying a tlog proof"
 */
export async function verifyTlogProof(claim: TlogProofClaim): Promise<TlogProofResult> {
  const proof = parseTlogProof(claim.proof);
  if (proof === null) return { valid: false, reason: "proof-malformed" };
  const signed = await verifyCheckpoint(proof.checkpoint, claim.verifierKey);
  if (!signed.valid) return signed;

  const { index, hashes } = proof;
  const { size, root } = signed.checkpoint;
  const included = await verifyInclusion({ leaf: claim.leaf, index, size, root, hashes });
  if (!included) return { valid: false, reason: "leaf-not-included" };
  return { valid: true, index, checkpoint: signed.checkpoint };
}

function parseIndex(line: string | undefined): number | null {
  return line?.startsWith(INDEX) ? parseDecimal(line.slice(INDEX.length)) : null;
}

function isProofHash(bytes: Bytes | null): bytes is Bytes {
  return bytes !== null && isHash(bytes);
}
