/**
 * A log for the tests of this room, written by other means than the room reads it: `node:crypto`,
 * and the recursive definitions of RFC 9162 where the room has the iterative ones.
 */
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";

import { tilesOf, tilePath } from "./tiles.ts";

export const ORIGIN = "example.com/ledger";

export interface Signer {
  readonly verifierKey: string;
  /** `text` as a signed note. */
  note(text: string): string;
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

export const leafOf = (entry: Uint8Array) => sha256(Uint8Array.of(0), entry);
export const nodeOf = (left: Uint8Array, right: Uint8Array) =>
  sha256(Uint8Array.of(1), left, right);

/** The largest power of two below `size`. */
export function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** @source RFC 9162 §2.1.1 */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0]!;
  const split = splitOf(leaves.length);
  return nodeOf(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

/** @source RFC 9162 §2.1.3.1 */
export function inclusionOf(index: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  if (index < split) return [...inclusionOf(index, left), rootOf(right)];
  return [...inclusionOf(index - split, right), rootOf(left)];
}

/** @source RFC 9162 §2.1.4.1 */
export function consistencyOf(
  oldSize: number,
  leaves: readonly Uint8Array[],
  complete = true,
): Uint8Array[] {
  if (oldSize === leaves.length) return complete ? [] : [rootOf(leaves)];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  if (oldSize <= split) return [...consistencyOf(oldSize, left, complete), rootOf(right)];
  return [...consistencyOf(oldSize - split, right, false), rootOf(left)];
}

/** A signer whose key is made from one byte, so that it is the same in every run. */
export function signerOf(name: string, seed = 7): Signer {
  const pkcs8 = Buffer.concat([
    Buffer.from("302e020100300506032b657004220420", "hex"),
    Buffer.alloc(32, seed),
  ]);
  const privateKey = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const key = Buffer.concat([Uint8Array.of(1), spki.subarray(-32)]);
  const keyId = sha256(Buffer.from(`${name}\n`), key).subarray(0, 4);
  return {
    verifierKey: `${name}+${Buffer.from(keyId).toString("hex")}+${key.toString("base64")}`,
    note(text) {
      const signature = Buffer.concat([keyId, sign(null, Buffer.from(text), privateKey)]);
      return `${text}\n— ${name} ${signature.toString("base64")}\n`;
    },
  };
}

export const ledger = signerOf(ORIGIN);

export function checkpointText(size: number, root: Uint8Array, origin = ORIGIN): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString("base64")}\n`;
}

export function proofText(
  index: number,
  hashes: readonly Uint8Array[],
  checkpoint: string,
): string {
  const lines = hashes.map((hash) => `${Buffer.from(hash).toString("base64")}\n`);
  return `c2sp.org/tlog-proof@v1\nindex ${index}\n${lines.join("")}\n${checkpoint}`;
}

/** The proof of entry `index`, under a checkpoint of the whole log. */
export function prove(index: number, entries: readonly Uint8Array[], signer = ledger): string {
  const leaves = entries.map(leafOf);
  const checkpoint = signer.note(checkpointText(leaves.length, rootOf(leaves)));
  return proofText(index, inclusionOf(index, leaves), checkpoint);
}

/** `count` entries, each different, the first one empty. */
export function entriesOf(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => Buffer.from(at === 0 ? "" : `entry ${at}`));
}

/** A log as a folder: path → bytes. */
export function folderOf(entries: readonly Uint8Array[]): Map<string, Uint8Array> {
  const leaves = entries.map(leafOf);
  const files = new Map<string, Uint8Array>();
  files.set("checkpoint", Buffer.from(ledger.note(checkpointText(leaves.length, rootOf(leaves)))));
  for (const tile of tilesOf("entries", entries.length)) {
    const bundle = entries.slice(tile.index * 256, tile.index * 256 + tile.width);
    files.set(tilePath(tile), bundleOf(bundle));
  }
  for (let level = 0, row = leaves; row.length > 0; level += 1) {
    for (const tile of tilesOf(level, row.length)) {
      const hashes = row.slice(tile.index * 256, tile.index * 256 + tile.width);
      files.set(tilePath(tile), Buffer.concat(hashes));
    }
    const full = Math.floor(row.length / 256);
    row = Array.from({ length: full }, (_, at) => rootOf(row.slice(at * 256, (at + 1) * 256)));
  }
  return files;
}

export function bundleOf(entries: readonly Uint8Array[]): Uint8Array {
  const parts = entries.flatMap((entry) => [
    Uint8Array.of(entry.length >> 8, entry.length & 255),
    entry,
  ]);
  return new Uint8Array(Buffer.concat(parts));
}
