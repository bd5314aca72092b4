import { isOubliError } from "#kernel";

import { command, type Answer, type Cli } from "../command.ts";
import type { Target } from "../open.ts";

export const init = command({
  name: "init",
  summary: "Make a store and its root keys, or look at those that are there.",

  async run(cli) {
    const { forEachTarget } = await import("../each-region.ts");
    return forEachTarget(cli, (target) => initOne(cli, target));
  },
});

async function initOne({ settings }: Cli, target: Target): Promise<Answer> {
  const { openTarget, shownStore } = await import("../open.ts");
  let existed = true;
  await using opened = await openTarget(target, settings.tenant, { existing: true }).catch(
    (error: unknown) => {
      if (!isOubliError(error, "NOT_FOUND")) throw error;
      existed = false;
      return openTarget(target, settings.tenant);
    },
  );
  const { oubli, folders, region, configured } = opened;
  const { packs, purposes } = oubli.policy;
  const { audit } = oubli;
  const keys = audit.logs.map((log) => [log, audit.verifierKey(log)] as const);
  const profiles = packs.map(({ profile }) => profile);
  return {
    json: {
      made: !existed,
      region,
      configured,
      packs: profiles,
      purposes: Object.keys(purposes),
      verifierKeys: Object.fromEntries(keys),
    },
    text: [
      existed ? "The store is there already." : "Made a store.",
      `  data      ${shownStore(target.config.regions[region]!.store)}`,
      `  root keys ${folders.root}  (keep them out of the data's backups)`,
      `  laws      ${profiles.join(", ")}`,
      `  purposes  ${Object.keys(purposes).join(", ")}`,
      `  verifier  ${audit.verifierKey("ledger")}`,
      "Give the verifier key to whoever will check your certificates.",
    ],
  };
}
