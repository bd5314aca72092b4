import { existsSync } from "node:fs";
import { join } from "node:path";

import { OubliError } from "#kernel";

/** Stands in the data folder from before a restore's first change until after its last. */
export const LOCK = "restoring";

/**
 * Refuses a store in which a restore was begun and did not end: what lies there may be half of one
 * and half of another.
 *
 * @throws {OubliError} `STORE_LOCKED`
 */
export function refuseLocked(data: string): void {
  if (existsSync(join(data, LOCK))) throw new OubliError("STORE_LOCKED", { restore: true });
}
