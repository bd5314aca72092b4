import { inForce, unfitHost } from "#egress";
import { isPhi, processorOf, type CategoryId } from "#policy";

import { found, notChecked, type Control } from "../control.ts";
import type { Ground } from "../ground.ts";
import { newestEntries } from "../newest-entries.ts";

/** Vendors: contracts, hosts, and what they get. */
export const VENDOR_CONTROLS: readonly Control[] = [
  {
    control: "contracts-in-force",
    rows: ["A13"],
    title: "Every registered recipient has a contract in force",
    async probe({ world: { policy, clock } }) {
      const all = Object.values(policy.processors ?? {});
      if (all.length === 0) return notChecked("No recipient is registered.");
      const now = clock.now();
      const over = all.filter(({ dpa }) => !inForce(dpa, now));
      return found(over.length === 0, "The dates of every contract were read.", {
        recipients: all.length,
        notInForce: over.length,
      });
    },
  },
  {
    control: "health-has-its-agreements",
    rows: ["A13"],
    title: "Whoever gets protected health information has a business associate agreement in force",
    async probe({ world: { policy, region, clock } }) {
      const now = clock.now();
      const covered = policy.regions[region]?.hipaaCovered === true;
      const gets = Object.values(policy.processors ?? {}).filter(({ categories }) => {
        const ids = (categories ?? []) as readonly string[] as readonly CategoryId[];
        return isPhi(ids, { policy, region });
      });
      const hostNeeded = covered && isPhi(["health"], { policy, region });
      if (!hostNeeded && gets.length === 0) {
        return notChecked("No protected health information is kept in this region.");
      }
      const host = hostNeeded ? unfitHost(policy, region, now) : null;
      const without = gets.filter(({ baa }) => baa === null || !inForce(baa, now));
      return found(host === null && without.length === 0, "Hosts and recipients were read.", {
        recipients: gets.length,
        withoutAgreement: without.length,
        host: host === null ? null : `${host.kind} ${host.reason}`,
      });
    },
  },
  {
    control: "hosts-are-named",
    rows: ["A13"],
    title: "Whoever runs the machines is said",
    async probe({ world: { policy, region } }) {
      const hosts = Object.values(policy.regions[region]?.hosts ?? {});
      const unnamed = hosts.filter((host) => host === null).length;
      const covered = policy.regions[region]?.hipaaCovered === true;
      if (unnamed > 0 && !covered) {
        return notChecked("Some hosts are not named, which this region's laws do not ask for.", {
          unnamed,
        });
      }
      return found(unnamed === 0, "The region's hosts were read.", { unnamed });
    },
  },
  {
    control: "recipients-are-registered",
    rows: ["A13", "A14"],
    title: "Everybody who was given something is registered, so that they can be named",
    async probe(ground) {
      const { policy } = ground.world;
      let [given, unknown, unplaced] = [0, 0, 0];
      for await (const entry of newestDisclosures(ground)) {
        given += 1;
        const processor = processorOf(policy, String(entry["processor"]));
        if (processor === null) unknown += 1;
        else if (isMedical(entry) && processor.address === undefined) unplaced += 1;
      }
      if (given === 0) return notChecked("Nothing was given to anybody in the newest entries.");
      return found(unknown + unplaced === 0, "The newest disclosures were looked up.", {
        given,
        unknown,
        healthWithoutAddress: unplaced,
      });
    },
  },
  {
    control: "recipients-say-what-they-get",
    rows: ["A12", "A19"],
    title: "Every recipient of content says for which purposes and categories",
    async probe({ world: { policy } }) {
      const all = Object.values(policy.processors ?? {});
      const content = all.filter(({ role }) => role !== "infrastructure");
      if (content.length === 0) return notChecked("No recipient of content is registered.");
      const open = content.filter((one) => one.purposes === null || one.categories === null);
      return found(open.length === 0, "Every recipient's lists were read.", {
        recipients: content.length,
        open: open.length,
      });
    },
  },
];

async function* newestDisclosures(ground: Ground) {
  for await (const entry of newestEntries(ground)) if (entry.t === "disclose") yield entry;
}

function isMedical(entry: { readonly [fact: string]: unknown }): boolean {
  const nodes = (entry["nodes"] ?? []) as readonly { readonly phi?: boolean }[];
  return nodes.some(({ phi }) => phi === true);
}
