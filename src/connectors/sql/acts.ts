import type { EpochMs } from "#kernel";
import { addDuration, parseDuration } from "#policy";
import type {
  AnonymiseOrder,
  Collection,
  CollectionOutcome,
  ColumnStrategy,
  Strategy,
} from "#sources";

/** What is done to one table's rows of a person. */
export type Act =
  | { readonly kind: "delete" }
  | {
      readonly kind: "change";
      readonly columns: Readonly<Record<string, ColumnStrategy>>;
      readonly says: Says;
    }
  | { readonly kind: "keep"; readonly says: Says };

/** What the outcome says of it beside its number. */
type Says = Pick<CollectionOutcome, "strategy" | "ground" | "keepUntil">;

/** What an erasure does to a table. */
export function erasing({ erase }: Collection, now: EpochMs): Act {
  switch (erase.strategy) {
    case "delete":
      return { kind: "delete" };
    case "preserve":
      return { kind: "keep", says: { strategy: "preserve", ...kept(erase, now) } };
    case "tombstone": {
      const { column, value } = erase.mark;
      const mark = { [column]: { strategy: "constant", value } } as const;
      const columns = { ...erase.columns, ...mark };
      return { kind: "change", columns, says: { strategy: "tombstone", ...keptIn(columns, now) } };
    }
    case "columns": {
      const { columns } = erase;
      return {
        kind: "change",
        columns,
        says: { strategy: chief(columns), ...keptIn(columns, now) },
      };
    }
  }
}

/** What an order to anonymise does; a table that takes none is erased. */
export function anonymising(collection: Collection, order: AnonymiseOrder, now: EpochMs): Act {
  const { anonymise: columns } = collection;
  if (columns === null) return erasing(collection, now);
  return { kind: "change", columns, says: { strategy: chief(columns), ...order } };
}

/** A table has one line in a certificate: it names the strategy that says most. */
const CHIEF = ["salted-hash", "generalise", "constant", "null", "preserve"] as const;

function chief(columns: Readonly<Record<string, ColumnStrategy>>): Strategy {
  const used = new Set(Object.values(columns).map(({ strategy }) => strategy));
  return CHIEF.find((strategy) => used.has(strategy)) ?? "null";
}

/** Where a column stays on a ground, the line names it, and the longest time. */
function keptIn(columns: Readonly<Record<string, ColumnStrategy>>, now: EpochMs): Partial<Says> {
  const all = Object.values(columns).flatMap((column) =>
    column.strategy === "preserve" ? [kept(column, now)] : [],
  );
  const [longest] = all.sort((left, right) => right.keepUntil - left.keepUntil);
  return longest ?? {};
}

function kept({ ground, keepFor }: { ground: string; keepFor: string }, now: EpochMs) {
  return { ground, keepUntil: addDuration(now, parseDuration(keepFor)!) };
}
