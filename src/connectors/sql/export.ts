import type { Collection, Identity, SourceCall, SourceItem } from "#sources";

import { belongs, refuseUnnamed } from "./belongs.ts";
import { pages, type Found } from "./rows.ts";
import { guarded, openSession, type Session, type SqlPlace } from "./session.ts";
import { shown } from "./values.ts";

const PAGE_ROWS = 500;

/**
 * A person's rows, table by table, page by page: with the columns of the access list, no others.
 * A row of a table without such a list is said to be held.
 */
export async function* exported(
  place: SqlPlace,
  who: Identity,
  { signal }: SourceCall,
): AsyncGenerator<SourceItem> {
  const session = await openSession(place, signal);
  try {
    for (const collection of Object.values(place.declaration.collections)) {
      const found = rowsOf(session, collection, who);
      const silent = isWithoutAccess(collection);
      for (let held = 1; ;) {
        const { done, value } = await guarded(place, signal, found.next());
        if (done === true) break;
        for (const row of value) {
          yield silent ? unshown(collection, held++) : itemOf(collection, row);
        }
      }
    }
    refuseUnnamed(session, who);
  } finally {
    session.end();
  }
}

/** Why rows are held and not shown: nobody said which of their columns may be given out. */
const NO_ACCESS = "access-undeclared";

/** Erased, and given to nobody: an empty list was perhaps forgotten. */
export function isWithoutAccess({ access, withheld }: Collection): boolean {
  return access.length + Object.keys(withheld).length === 0;
}

function rowsOf(session: Session, collection: Collection, who: Identity) {
  const { name: table, key, access } = collection;
  const where = belongs(session, collection, who);
  return pages(session.db, { table, key, columns: access, where, limit: PAGE_ROWS });
}

function itemOf({ name, category, access, withheld }: Collection, { key, row }: Found): SourceItem {
  const reasons = Object.entries(withheld).map(([field, reason]) => ({ field, reason }));
  return {
    collection: name,
    id: key.map(String).join(":"),
    category,
    data: Object.fromEntries(access.map((column) => [column, shown(row[column])])),
    ...(reasons.length > 0 && { withheld: reasons }),
  };
}

/** With a number for its name: its key may be a secret, such as a session's token. */
function unshown({ name, category }: Collection, held: number): SourceItem {
  const withheld = [{ field: "*", reason: NO_ACCESS }];
  return { collection: name, id: String(held), category, data: {}, withheld };
}
