/** What kind of values a column takes, whatever its database calls it. */
export type ColumnType = "text" | "number" | "boolean" | "time" | "binary" | "json" | "other";

export interface SchemaColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** The most characters of a text; `null`: no limit, or no text. */
  readonly length: number | null;
  readonly nullable: boolean;
  /** Alone: no two rows may have the same value. */
  readonly unique: boolean;
  /** The database computes it: nothing can be written there. */
  readonly generated: boolean;
}

export interface SchemaReference {
  readonly column: string;
  readonly table: string;
  readonly to: string;
  readonly onDelete: "cascade" | "set-null" | "set-default" | "restrict";
}

/** A table as it is in the live database; a connector reads it. */
export interface SchemaTable {
  readonly name: string;
  readonly columns: readonly SchemaColumn[];
  readonly references: readonly SchemaReference[];
}
