import type { Collection, Identity, SourceCall, SourceItem } from "#sources";

import { belongs } from "./belongs.ts";
import { pages, type Found } from "./rows.ts";
import { guarded, openSession, type Session, type SqlPlace } from "./session.ts";
import { shown } from "./values.ts";

const PAGE_ROWS = 500;

/** A person's rows, table by table, page by page: with the columns of the access list, no others. */
export async function* exported(
  place: SqlPlace,
  who: Identity,
  { signal }: SourceCall,
): AsyncGenerator<SourceItem> {
  const session = await openSession(place, signal);
  try {
    for (const collection of Object.values(place.declaration.collections)) {
      if (collection.access.length + Object.keys(collection.withheld).length === 0) continue;
      const found = rowsOf(session, collection, who);
      for (;;) {
        const { done, value } = await guarded(place, signal, found.next());
        if (done === true) break;
        for (const row of value) yield itemOf(collection, row);
      }
    }
  } finally {
    session.end();
  }
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
