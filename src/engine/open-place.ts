import { OubliError, word, type Clock } from "#kernel";
import type { Region } from "#policy";

import { foldersOf, openStores, type CopiedStores } from "./stores.ts";

/** Opens a region's stores, wherever they are. */
export async function openPlace(
  { store, root }: Pick<Region, "store" | "root">,
  region: string,
  clock: Clock,
): Promise<CopiedStores> {
  if (typeof store === "string" && store.startsWith("sqlite:")) {
    return openStores(foldersOf({ store, root }), region, clock);
  }
  throw new OubliError("CONFIG_INVALID", { field: word("store") });
}
