import { types } from "node:util";

import { isOubliError, OubliError, word, type Word } from "#kernel";

/**
 * Turns texts into vectors of one length. One that sends text elsewhere says to which registered
 * processor: then each text passes the egress gate before it is called.
 */
export interface Embedder {
  /** Names the model: vectors of another name are not comparable. */
  readonly name: string;
  /** Who gets the texts. Absent: it runs inside this process, and nothing leaves it. */
  readonly processor?: string | undefined;
  embed(texts: readonly string[]): Promise<readonly Float32Array[]>;
}

/**
 * An application's embedder, whose answer is an input like any other: one that is wrong is an
 * error before anything is stored or ranked.
 *
 * @throws {OubliError} from `embed`: `EMBEDDER_INVALID`. What it threw itself may hold a text, so
 *   only `foreignCause` has it.
 */
export function checkedEmbedder(embedder: Embedder): Embedder {
  return {
    name: embedder.name,
    processor: embedder.processor,
    async embed(texts) {
      try {
        return checkedVectors(await embedder.embed(texts), texts.length);
      } catch (error) {
        if (isOubliError(error, "EMBEDDER_INVALID")) throw error;
        throw new OubliError("EMBEDDER_INVALID", { problem: word("threw") }, error);
      }
    },
  };
}

/** Copies, so that what was checked is what is used. */
function checkedVectors(answer: unknown, wanted: number): readonly Float32Array[] {
  if (!Array.isArray(answer) || answer.length !== wanted) throw invalid(word("count"));
  const vectors = Array.from(answer, (vector: unknown) => {
    if (!types.isFloat32Array(vector)) throw invalid(word("not-a-float32array"));
    return new Float32Array(vector);
  });
  for (const vector of vectors) {
    if (vector.length === 0 || vector.length !== vectors[0]!.length) throw invalid(word("length"));
    if (!vector.every(Number.isFinite)) throw invalid(word("not-finite"));
  }
  return vectors;
}

const invalid = (problem: Word): OubliError => new OubliError("EMBEDDER_INVALID", { problem });

export function vectorBytes(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** Copies: the bytes of a decrypted record need not be aligned for 32-bit numbers. */
export function vectorOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
