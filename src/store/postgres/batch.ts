import assert from "node:assert/strict";

export type Value = string | number | boolean | null | Uint8Array | readonly string[];

/** One statement with its values. `text` is a constant of the source: it is prepared by name. */
export interface Call {
  readonly text: string;
  readonly values: readonly Value[];
  /** `text` holds a value: it is neither prepared by name nor remembered, and answers no rows. */
  readonly once?: true;
}

export type Row = Readonly<Record<string, unknown>>;

/** What the server said of a column: its name and type. */
interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/** The parts of the driver's connection that a batch speaks through. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(statement: { name: string; text: string }): void;
  bind(to: { statement: string; values: (string | Buffer | null)[] }): void;
  describe(portal: { type: "P"; name: string }): void;
  execute(portal: { portal: string; rows: number }): void;
  close(statement: { type: "S"; name: string }): void;
  sync(): void;
}

/** Statements' names, the same in every connection. */
const names = new Map<string, string>();

/** What each connection has prepared, with the fields of its rows. */
const prepared = new WeakMap<Wire, Map<string, readonly Field[]>>();

/**
 * Several prepared statements in one round trip.
 *
 * They are sent together before one `Sync`. The server runs what stands before a `Sync` as one
 * transaction and commits it there, or, inside BEGIN, goes on with that one. So a batch stands or
 * falls together, and its promise resolves only at `ReadyForQuery`, which follows the commit.
 *
 * @source postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export class Batch {
  readonly done: Promise<Row[][]>;
  /** Set by the driver's client for its own statements' sake; ours are tracked here. */
  readonly name = null;
  /** Whether the server may have seen any of it. */
  sent = false;
  readonly #calls: readonly {
    readonly text: string;
    readonly values: (string | Buffer | null)[];
    readonly once: boolean;
  }[];
  readonly #rows: Row[][];
  readonly #settle: { resolve: (rows: Row[][]) => void; reject: (error: unknown) => void };
  #known = new Map<string, readonly Field[]>();
  #at = 0;
  #undone = false;
  #fields: readonly Field[] = [];

  constructor(calls: readonly Call[]) {
    this.#calls = calls.map(({ text, values, once }) => {
      return { text, values: values.map(encode), once: once === true };
    });
    this.#rows = calls.map(() => []);
    const { promise, resolve, reject } = Promise.withResolvers<Row[][]>();
    this.done = promise;
    this.#settle = { resolve, reject };
  }

  submit(connection: object): void {
    this.sent = true;
    const wire = connection as Wire;
    this.#known = prepared.get(wire) ?? new Map();
    prepared.set(wire, this.#known);
    const fresh = new Set<string>();
    wire.stream.cork();
    for (const { text, values, once } of this.#calls) {
      if (once) this.#sendOnce(wire, text);
      else this.#send(wire, text, values, fresh);
    }
    wire.sync();
    wire.stream.uncork();
    this.#begin();
  }

  #send(wire: Wire, text: string, values: (string | Buffer | null)[], fresh: Set<string>): void {
    const statement = nameOf(text);
    const known = this.#known.has(text);
    if (!known && !fresh.has(text)) {
      // A batch that failed may have prepared it all the same; closing what is not there is fine.
      wire.close({ type: "S", name: statement });
      wire.parse({ name: statement, text });
      fresh.add(text);
    }
    wire.bind({ statement, values });
    if (!known) wire.describe({ type: "P", name: "" });
    wire.execute({ portal: "", rows: 0 });
  }

  #sendOnce(wire: Wire, text: string): void {
    wire.parse({ name: "", text });
    wire.bind({ statement: "", values: [] });
    wire.execute({ portal: "", rows: 0 });
  }

  #begin(): void {
    const call = this.#calls[this.#at];
    this.#fields = call ? (this.#known.get(call.text) ?? []) : [];
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#fields = fields.map(({ name, dataTypeID }) => ({ name, dataTypeID }));
  }

  handleDataRow({ fields: cells }: { readonly fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    for (const [at, { name, dataTypeID }] of this.#fields.entries()) {
      const cell = cells[at]!;
      row[name] = cell === null ? null : decode(cell, dataTypeID);
    }
    this.#rows[this.#at]!.push(row);
  }

  handleCommandComplete({ text: tag }: { readonly text: string }): void {
    const { text, once } = this.#calls[this.#at]!;
    if (!once) this.#known.set(text, this.#fields);
    // A COMMIT after an error that somebody caught answers ROLLBACK, and is no error to the server.
    this.#undone ||= tag === "ROLLBACK" && text === "COMMIT";
    this.#at += 1;
    this.#begin();
  }

  handleReadyForQuery(): void {
    if (this.#undone) this.#settle.reject(new TypeError("a failed transaction was committed"));
    this.#settle.resolve(this.#rows);
  }

  handleError(error: unknown): void {
    this.#settle.reject(error);
  }

  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
}

function nameOf(text: string): string {
  const name = names.get(text) ?? `oubli_${names.size}`;
  names.set(text, name);
  return name;
}

function encode(value: Value): string | Buffer | null {
  assert(value !== undefined, "a value is there, or null");
  if (value === null) return null;
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  if (typeof value === "object") return `{${value.map(quote).join(",")}}`;
  return String(value);
}

function quote(text: string): string {
  return `"${/["\\]/.test(text) ? text.replaceAll(/["\\]/g, String.raw`\$&`) : text}"`;
}

const TYPES = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  json: 114,
  jsonb: 3802,
} as const;

function decode(cell: string, type: number): unknown {
  switch (type) {
    case TYPES.bytea:
      return Buffer.from(cell.slice(2), "hex");
    // Ours all fit: sizes, counts and milliseconds.
    case TYPES.int8:
    case TYPES.int4:
    case TYPES.int2:
      return Number(cell);
    case TYPES.bool:
      return cell === "t";
    case TYPES.json:
    case TYPES.jsonb:
      return JSON.parse(cell) as unknown;
    default:
      return cell;
  }
}
