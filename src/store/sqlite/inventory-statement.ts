import type { DatabaseSync } from "node:sqlite";

import type { EpochMs } from "#kernel";
import { INVENTORY_ROWS_MAX, type InventoryRow } from "#memory";

/** What there is, in one pass over the nodes. Call from inside a transaction. */
export function inventoryStatement(sql: DatabaseSync): (endedBy?: EpochMs) => InventoryRow[] {
  const select = sql.prepare(textOf(""));
  const selectEnded = sql.prepare(textOf("INDEXED BY node_expiry WHERE expires_at <= ?"));
  return (endedBy) =>
    (endedBy === undefined ? select.all() : selectEnded.all(endedBy)).map((row) => ({
      ...(row as unknown as InventoryRow),
      categories: JSON.parse(String(row["categories"])) as InventoryRow["categories"],
      purposes: JSON.parse(String(row["purposes"])) as InventoryRow["purposes"],
      special: row["special"] === 1,
      phi: row["phi"] === 1,
    }));
}

const textOf = (which: string): string => `
  SELECT kind, categories, purposes, special, phi, count(*) AS nodes,
    count(DISTINCT subject_id) AS people, min(created_at) AS oldest, max(created_at) AS newest,
    count(*) - count(expires_at) AS withoutEnd, min(expires_at) AS firstEnd
  FROM node ${which} GROUP BY kind, categories, purposes, special, phi
  ORDER BY nodes DESC, kind, categories, purposes LIMIT ${INVENTORY_ROWS_MAX}`;
