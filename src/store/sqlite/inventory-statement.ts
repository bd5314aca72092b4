import type { DatabaseSync } from "node:sqlite";

import { INVENTORY_ROWS_MAX, type InventoryRow } from "#memory";

/** What there is, in one pass over the nodes. Call from inside a transaction. */
export function inventoryStatement(sql: DatabaseSync): () => InventoryRow[] {
  const select = sql.prepare(`
    SELECT kind, categories, purposes, special, phi, count(*) AS nodes,
      count(DISTINCT subject_id) AS people, min(created_at) AS oldest, max(created_at) AS newest,
      count(*) - count(expires_at) AS withoutEnd, min(expires_at) AS firstEnd
    FROM node GROUP BY kind, categories, purposes, special, phi
    ORDER BY nodes DESC, kind, categories, purposes LIMIT ${INVENTORY_ROWS_MAX}`);
  return () =>
    select.all().map((row) => ({
      ...(row as unknown as InventoryRow),
      categories: JSON.parse(String(row["categories"])) as InventoryRow["categories"],
      purposes: JSON.parse(String(row["purposes"])) as InventoryRow["purposes"],
      special: row["special"] === 1,
      phi: row["phi"] === 1,
    }));
}
