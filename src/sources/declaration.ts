import type { Keep, Tier } from "./source.ts";

/** What becomes of one column when the person goes and the row stays. */
export type ColumnStrategy =
  | { readonly strategy: "null" }
  | { readonly strategy: "constant"; readonly value: string | number | boolean }
  /** A hash under a salt that is thrown away: equal values of one erasure stay equal, no more. */
  | { readonly strategy: "salted-hash" }
  | {
      readonly strategy: "generalise";
      /** A time's year or month; a number's step; how many of a text's first characters. */
      readonly to: "year" | "month" | { readonly step: number } | { readonly characters: number };
    }
  /** Stays as it is, on a legal ground. */
  | { readonly strategy: "preserve"; readonly ground: string; readonly keepFor: string };

/** What becomes of a table's rows. */
export type RowStrategy =
  | { readonly strategy: "delete" }
  /** The row stays, marked, so that what points to it holds; the columns lose the person. */
  | {
      readonly strategy: "tombstone";
      readonly mark: { readonly column: string; readonly value: string | number | boolean };
      readonly columns: Readonly<Record<string, ColumnStrategy>>;
    }
  | {
      readonly strategy: "columns";
      readonly columns: Readonly<Record<string, ColumnStrategy>>;
    }
  | ({ readonly strategy: "preserve" } & Keep);

/** One table or collection, and how it leads to a person. */
export interface Collection {
  readonly name: string;
  /** Column → what of the identity it holds: `subject`, `externalId`, or an identifier's kind. */
  readonly identity: Readonly<Record<string, string>>;
  /** Column → `table.column` that it points to; the person is reached through that. */
  readonly references: Readonly<Record<string, string>>;
  /** What the rows are, in the configuration's words. */
  readonly category: string;
  /** The columns that tell one row from another. */
  readonly key: readonly string[];
  /** Columns that a person's package gives out. Kept apart from what is erased. */
  readonly access: readonly string[];
  /** Columns that it does not, and why; such as `third-person`. */
  readonly withheld: Readonly<Record<string, string>>;
  readonly erase: RowStrategy;
  /** What an order to anonymise does instead; `null`: the table takes none. */
  readonly anonymise: Readonly<Record<string, ColumnStrategy>> | null;
  /** The time that a row's age counts from. */
  readonly anchor: string | null;
  /** How long rows are kept, from the anchor on: an ISO 8601 duration. */
  readonly maxAge: string | null;
  readonly tier: Tier;
  readonly eraseAfter: readonly string[];
}

/** A system's tables, checked, each with its defaults. */
export interface Declaration {
  /** Groups in the order in which they are erased. */
  readonly order: readonly (readonly Collection[])[];
  readonly collections: Readonly<Record<string, Collection>>;
}

/** As it is written: what is left out has a default. */
export interface CollectionInput {
  readonly identity?: Readonly<Record<string, string>>;
  readonly references?: Readonly<Record<string, string>>;
  readonly category: string;
  /** Default: `["id"]`. */
  readonly key?: readonly string[];
  /** Default: none. */
  readonly access?: readonly string[];
  readonly withheld?: Readonly<Record<string, string>>;
  readonly erase: "delete" | RowStrategy;
  readonly anonymise?: Readonly<Record<string, ColumnStrategy>>;
  readonly anchor?: string;
  readonly maxAge?: string;
  /** Default: `dependent` where it is reached through another, else `primary`. */
  readonly tier?: Tier;
  readonly eraseAfter?: readonly string[];
}

export type DeclarationInput = Readonly<Record<string, CollectionInput>>;
