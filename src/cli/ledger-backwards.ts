import { tryReadEntry, type Entry } from "#audit";
import type { Stores } from "#engine";

const PAGE = 500;

/** The ledger's entries, newest first, with their numbers. */
export async function* ledgerBackwards({
  audit,
}: Stores): AsyncGenerator<{ readonly index: number; readonly entry: Entry }> {
  let { size: until } = await audit.head("ledger");
  while (until > 0) {
    const from = Math.max(0, until - PAGE);
    const page = await audit.entries("ledger", { from, limit: until - from });
    for (const [at, { bytes }] of [...page.entries()].toReversed()) {
      const entry = tryReadEntry(bytes);
      if (entry !== null) yield { index: from + at, entry };
    }
    until = from;
  }
}
