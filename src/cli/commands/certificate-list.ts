import { entriesBackwards, tryReadEntry, type Entry } from "#audit";
import { DEFAULT_TENANT } from "#kernel";

import { command } from "../command.ts";
import { inEachRegion } from "../each-region.ts";
import type { Opened } from "../open.ts";
import { day, table } from "../table.ts";

const SHOWN = 100;

export const certificateList = command({
  name: "certificate list",
  summary: "List who was erased, with the ids of their certificates, newest first: 100 at most.",

  run: (cli) =>
    inEachRegion(cli, async (opened) => {
      const erasures = await erasuresIn(opened, cli.settings.tenant ?? DEFAULT_TENANT);
      return {
        json: { erasures },
        text:
          erasures.length === 0
            ? ["Nobody was erased yet."]
            : table(erasures.map((one) => [day(one.at), one.subject, one.erasure, one.reason])),
      };
    }),
});

interface Erased {
  readonly at: number;
  readonly subject: string;
  readonly erasure: string;
  readonly reason: string;
}

/** Looks back over the ledger, which has each with its ids alone. */
async function erasuresIn({ stores }: Opened, tenant: string): Promise<readonly Erased[]> {
  const found: Erased[] = [];
  for await (const { bytes } of entriesBackwards(stores.audit, "ledger")) {
    found.push(...shown(tryReadEntry(bytes), tenant));
    if (found.length === SHOWN) break;
  }
  return found;
}

function shown(entry: Entry | null, tenant: string): readonly Erased[] {
  if (entry?.t !== "erase.executed" || entry.tenant !== tenant) return [];
  if (!(entry["scope"] as { readonly subject: boolean }).subject) return [];
  const { ts: at, subject, erasure, reason } = entry;
  return [{ at, subject: String(subject), erasure: String(erasure), reason: String(reason) }];
}
