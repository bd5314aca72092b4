/** The entries of one index, each in a row, and what a query notes beside them. */
import type { Entry, Session } from "./entry.ts";
import { createTexts, type Texts } from "./texts.ts";
import { WEIGHTS } from "./weights.ts";

/**
 * Columns side by side, since a query passes over them by the thousand: numbers that lie together
 * are read in a fraction of the time of objects that do not. Replaced as rows are added, so a
 * query takes them anew.
 */
export interface Columns {
  /** How much an entry counts for whose it is: 1, or less where it is not the person's own. */
  readonly weights: Float64Array;
  /** Scratch of one query, 0 between queries: which of the question's words it may hold. */
  readonly marks: Int32Array;
  /** Scratch of one query, 0 between queries: what the entry itself says. */
  readonly evidence: Float64Array;
  /** Scratch of one query, 0 between queries: evidence with what others lent. */
  readonly scores: Float64Array;
}

export interface Rows {
  /** `undefined` in a row that is free. */
  readonly entries: readonly (Entry | undefined)[];
  readonly sessions: readonly (Session | null)[];
  readonly texts: Texts;
  readonly columns: Columns;
  /** Gives an entry a row, a free one first. */
  put(entry: Entry, terms: readonly number[]): number;
  clear(row: number): void;
}

const ROWS_MIN = 16;

export function createRows(): Rows {
  const entries: (Entry | undefined)[] = [];
  const sessions: (Session | null)[] = [];
  const free: number[] = [];
  const texts = createTexts();
  let columns = columnsOf(ROWS_MIN);

  return {
    entries,
    sessions,
    texts,
    get columns() {
      return columns;
    },
    put(entry, terms) {
      const row = free.pop() ?? entries.length;
      if (row === columns.weights.length) columns = grown(columns);
      entries[row] = entry;
      sessions[row] = entry.session;
      columns.weights[row] = entry.own ? 1 : WEIGHTS.notOwn;
      texts.put(row, terms);
      return row;
    },
    clear(row) {
      entries[row] = undefined;
      sessions[row] = null;
      texts.clear(row);
      free.push(row);
    },
  };
}

function columnsOf(rows: number): Columns {
  return {
    weights: new Float64Array(rows),
    marks: new Int32Array(rows),
    evidence: new Float64Array(rows),
    scores: new Float64Array(rows),
  };
}

/** No query is under way, so the scratch holds nothing to keep. */
function grown({ weights }: Columns): Columns {
  const more = columnsOf(2 * weights.length);
  more.weights.set(weights);
  return more;
}
