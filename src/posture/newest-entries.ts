import { storedEntries, tryReadEntry } from "#audit";

import type { Ground } from "./ground.ts";

/** Entries of each log that are looked at one by one. */
const NEWEST = 5000;

/** The newest entries of every log. Those that do not read are for the check of the log. */
export async function* newestEntries({ world: { audit } }: Ground) {
  for (const log of audit.store.logs) {
    const { size } = await audit.store.head(log);
    const from = Math.max(0, size - NEWEST);
    for await (const { bytes } of storedEntries(audit.store, log, { from, until: size })) {
      const entry = tryReadEntry(bytes);
      if (entry !== null) yield entry;
    }
  }
}
