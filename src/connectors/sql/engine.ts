import type { ColumnType, SchemaTable } from "#sources";
import type { DialectAdapter, Kysely, QueryCompiler, RawBuilder } from "kysely";

import type { Cause } from "../failure.ts";

/** Tables are known when the program runs, not when it is written. */
export type Database = Kysely<unknown>;

export type Row = Readonly<Record<string, unknown>>;

/** One connection, which its session owns. */
export interface RawConnection {
  query(
    sql: string,
    parameters: readonly unknown[],
  ): Promise<{ readonly rows: readonly Row[]; readonly affected: number }>;
  /** At once: it waits for no server. */
  end(): void;
}

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly table: string;
  readonly to: readonly string[];
  readonly onDelete: SchemaTable["references"][number]["onDelete"];
}

/** A table as it is, with what its rows are told apart by. */
export interface LiveTable extends SchemaTable {
  /** Sets of columns of which no two rows have the same values, and none is without. */
  readonly keys: readonly (readonly string[])[];
  /** Empty where there is none, or where nobody need know. */
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly ForeignKey[];
  /**
   * Its rows are not its own, or outlive their deletion: a materialised view, an index over texts, a
   * table of another server, one that keeps its history. Nothing is erased in it.
   */
  readonly copy: boolean;
  /** Whether the database hides some of its rows from this login. */
  readonly hidden: boolean;
  /** What the database calls each column's type. */
  readonly typeNames: Readonly<Record<string, string>>;
}

/** What differs between databases. */
export interface Engine {
  connect(signal: AbortSignal): Promise<RawConnection>;
  compiler(): QueryCompiler;
  adapter(): DialectAdapter;
  readonly begin: string;
  /** Behind a `select`: its rows are ours. Those that others have are waited for, or passed over. */
  locking(waiting: boolean): RawBuilder<unknown>;
  /** The most rows in a transaction, and the least time between two. */
  readonly batch: { readonly rowsMax: number; readonly pauseMs: number };
  /** @param declared Names as the declaration writes them, with or without a schema. */
  tables(db: Database, declared: ReadonlySet<string>): Promise<readonly LiveTable[]>;
  /**
   * Whether a column has exactly this value: by its bytes, whatever the column's collation takes
   * for the same. `null`: a column of this type cannot be compared with it.
   */
  is(column: RawBuilder<unknown>, type: string, value: string): RawBuilder<boolean> | null;
  /** A column's values as text that is ordered by its bytes. */
  asText(column: RawBuilder<unknown>): RawBuilder<string>;
  before(column: RawBuilder<unknown>, iso: string): RawBuilder<boolean>;
  /** The types of columns that `before` compares. */
  readonly anchors: readonly ColumnType[];
  /** Behind a table's name, where rows are asked for by their primary key: by that, and no other way. */
  readonly byPrimaryKey: RawBuilder<unknown>;
  deleteFrom(table: RawBuilder<unknown>, hint: RawBuilder<unknown>): RawBuilder<unknown>;
  oneOf(column: RawBuilder<unknown>, values: readonly unknown[]): RawBuilder<boolean>;
  /** Rows of columns, behind `in`. */
  tuples(rows: readonly RawBuilder<unknown>[]): RawBuilder<unknown>;
  fault(error: unknown): Fault;
  /** After an erasure: lets go of what the database keeps beside its tables. */
  settle(db: Database): Promise<void>;
}

export interface Fault {
  readonly cause: Cause;
  /** Others were in the way: the same transaction may come through now. */
  readonly transient: boolean;
}
