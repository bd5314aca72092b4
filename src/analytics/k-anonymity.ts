import { OubliError, word, type Word } from "#kernel";

/** One row of a table that is to be given away: values, and how many people stand behind it. */
export interface GroupRow {
  readonly values: Readonly<Record<string, string>>;
  readonly count: number;
}

/** The steps by which a column's values get coarser: `94107` → `941` → `*`. */
export type Hierarchy = readonly ((value: string) => string)[];

export interface Generalised {
  readonly rows: readonly GroupRow[];
  /** How many steps each column was taken up its hierarchy. */
  readonly levels: Readonly<Record<string, number>>;
  /** People in groups that stayed too small, and are left out. */
  readonly suppressed: number;
  /** The smallest group that is left; `null` when none is. */
  readonly smallest: number | null;
}

/** The people in the smallest group that shares its values in these columns; `null` of no rows. */
export function smallestGroup(
  rows: readonly GroupRow[],
  columns: readonly string[],
): number | null {
  const sizes = grouped(rows, columns).map(({ count }) => count);
  return sizes.length === 0 ? null : Math.min(...sizes);
}

/**
 * Makes a table k-anonymous: the column with the most values goes a step up its hierarchy until
 * every group has at least `k` people, or all are at their end; groups that are still smaller are
 * left out, and counted.
 *
 * It hides who is in a group, not what a group has in common, and adds no noise: for counts that
 * are published again and again, `publish`.
 *
 * @throws {OubliError} `INPUT_INVALID` for a column that a row lacks, or a `k` below 2.
 * @source Samarati, Sweeney (1998); Sweeney, "Datafly" (1997)
 */
export function generalise(
  rows: readonly GroupRow[],
  {
    k,
    hierarchies,
  }: { readonly k: number; readonly hierarchies: Readonly<Record<string, Hierarchy>> },
): Generalised {
  const columns = Object.keys(hierarchies);
  refuseOdd(rows, columns, k);
  const levels: Record<string, number> = Object.fromEntries(columns.map((name) => [name, 0]));
  let table = grouped(rows, columns);
  while (table.some(({ count }) => count < k)) {
    const coarser = columns
      .filter((name) => levels[name]! < hierarchies[name]!.length)
      .toSorted((one, other) => distinct(table, other) - distinct(table, one))[0];
    if (coarser === undefined) break;
    const step = hierarchies[coarser]![levels[coarser]!]!;
    levels[coarser]! += 1;
    table = grouped(
      table.map(({ values, count }) => ({
        values: { ...values, [coarser]: step(values[coarser]!) },
        count,
      })),
      columns,
    );
  }
  const kept = table.filter(({ count }) => count >= k);
  const suppressed = table.reduce((sum, { count }) => sum + (count < k ? count : 0), 0);
  return { rows: kept, levels, suppressed, smallest: smallestGroup(kept, columns) };
}

function grouped(rows: readonly GroupRow[], columns: readonly string[]): readonly GroupRow[] {
  const groups = Map.groupBy(rows, ({ values }) =>
    JSON.stringify(columns.map((name) => values[name])),
  );
  return [...groups.values()].map((group) => ({
    values: Object.fromEntries(columns.map((name) => [name, group[0]!.values[name]!])),
    count: group.reduce((sum, { count }) => sum + count, 0),
  }));
}

function distinct(rows: readonly GroupRow[], column: string): number {
  return new Set(rows.map(({ values }) => values[column])).size;
}

function refuseOdd(rows: readonly GroupRow[], columns: readonly string[], k: number): void {
  if (!Number.isSafeInteger(k) || k < 2) {
    throw new OubliError("INPUT_INVALID", { field: word("k"), accepted: word("2 or more") });
  }
  for (const [at, { values, count }] of rows.entries()) {
    const lacking = columns.find((name) => typeof values[name] !== "string");
    if (lacking !== undefined) {
      const field = `rows.${at}.values.${lacking}` as Word;
      throw new OubliError("INPUT_INVALID", { field, accepted: word("a text") });
    }
    if (!Number.isSafeInteger(count) || count < 1) {
      const field = `rows.${at}.count` as Word;
      throw new OubliError("INPUT_INVALID", { field, accepted: word("a whole number above 0") });
    }
  }
}
