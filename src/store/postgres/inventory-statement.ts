import type { EpochMs } from "#kernel";
import { INVENTORY_ROWS_MAX, type InventoryRow } from "#memory";

import { EVERY_SUBJECT, type Database } from "./database.ts";

const textOf = (which: string): string => `
  SELECT kind, array_to_string(categories, ',') AS categories,
    array_to_string(purposes, ',') AS purposes, special, phi, count(*) AS nodes,
    count(DISTINCT subject_id) AS people, min(created_at) AS oldest, max(created_at) AS newest,
    count(*) - count(expires_at) AS "withoutEnd", min(expires_at) AS "firstEnd"
  FROM node ${which} GROUP BY kind, node.categories, node.purposes, special, phi
  ORDER BY count(*) DESC, kind, node.categories, node.purposes LIMIT ${INVENTORY_ROWS_MAX}`;

const ALL = { text: textOf(""), values: [] };
const ENDED = textOf("WHERE expires_at <= $1");

/** What there is, in one pass over the nodes. */
export function inventoryRead(database: Database) {
  return {
    async inventory(endedBy?: EpochMs): Promise<InventoryRow[]> {
      const call = endedBy === undefined ? ALL : { text: ENDED, values: [endedBy] };
      const rows = await database.read(EVERY_SUBJECT, call);
      return rows.map((row) => ({
        ...(row as unknown as InventoryRow),
        categories: String(row["categories"]).split(",") as InventoryRow["categories"][number][],
        purposes: String(row["purposes"]).split(",") as InventoryRow["purposes"][number][],
      }));
    },
  };
}
