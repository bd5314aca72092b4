/** The texts of one index, as numbers of their terms: all in one array, one after another. */

/**
 * Why one array: a question may read hundreds of texts, and to follow a reference to each costs
 * more than to read it.
 */
export interface Texts {
  /** Every text. Replaced as texts are added, so a query takes it anew. */
  readonly terms: Uint32Array;
  /** Where the text of each row starts in {@link terms}. */
  readonly starts: readonly number[];
  /** How many terms the text of each row has. */
  readonly sizes: readonly number[];
  put(row: number, terms: readonly number[]): void;
  /** A view, good until the next text is added. */
  of(row: number): Uint32Array;
  clear(row: number): void;
}

export function createTexts(): Texts {
  let terms = new Uint32Array(0);
  let end = 0;
  let live = 0;
  const starts: number[] = [];
  const sizes: number[] = [];

  /** Closes the gaps that removed texts left, with room for as much again. */
  function makeRoom(size: number): void {
    const before = terms;
    terms = new Uint32Array(2 * (live + size));
    end = 0;
    for (const [row, length] of sizes.entries()) {
      terms.set(before.subarray(starts[row], starts[row]! + length), end);
      starts[row] = end;
      end += length;
    }
  }

  function of(row: number): Uint32Array {
    return terms.subarray(starts[row], starts[row]! + sizes[row]!);
  }

  return {
    get terms() {
      return terms;
    },
    starts,
    sizes,
    of,
    put(row, text) {
      if (end + text.length > terms.length) makeRoom(text.length);
      terms.set(text, end);
      starts[row] = end;
      sizes[row] = text.length;
      end += text.length;
      live += text.length;
    },
    clear(row) {
      of(row).fill(0);
      live -= sizes[row]!;
      sizes[row] = 0;
    },
  };
}
