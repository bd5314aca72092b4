/**
 * Turns texts into vectors of one length. This port is for functions that run inside the process;
 * one that sends text elsewhere is a processor and has to pass the egress gate.
 */
export interface Embedder {
  /** Names the model: vectors of another name are not comparable. */
  readonly name: string;
  embed(texts: readonly string[]): Promise<readonly Float32Array[]>;
}

export function vectorBytes(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** Copies: the bytes of a decrypted record need not be aligned for 32-bit numbers. */
export function vectorOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
