import { existsSync } from "node:fs";
import { join } from "node:path";

import { command } from "../command.ts";

export const init = command({
  name: "init",
  summary: "Make a store and its root keys, or look at those that are there.",

  async run({ settings, folder }) {
    const { openTarget, targetOf } = await import("../open.ts");
    const target = await targetOf(settings, folder);
    const existed = existsSync(join(target.folders.data, "audit.db"));
    await using opened = await openTarget(target, settings.tenant);
    const { oubli, folders, region, configured } = opened;
    const { packs, purposes } = oubli.policy;
    const verifierKeys = {
      access: oubli.audit.verifierKey("access"),
      ledger: oubli.audit.verifierKey("ledger"),
    };
    const profiles = packs.map(({ profile }) => profile);
    return {
      json: {
        made: !existed,
        region,
        configured,
        packs: profiles,
        purposes: Object.keys(purposes),
        verifierKeys,
      },
      text: [
        existed ? "The store is there already." : "Made a store.",
        `  data      ${folders.data}`,
        `  root keys ${folders.root}  (keep them out of the data's backups)`,
        `  laws      ${profiles.join(", ")}`,
        `  purposes  ${Object.keys(purposes).join(", ")}`,
        `  verifier  ${verifierKeys.ledger}`,
        "Give the verifier key to whoever will check your certificates.",
      ],
    };
  },
});
