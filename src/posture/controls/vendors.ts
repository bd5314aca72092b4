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
      for await (const entry of newestEntries(ground)) {
        entries += 1;
        if (entry.region !== region) foreign += 1;
        if (entry.t !== "disclose") continue;
        given += 1;
        const to = processorOf(policy, String(entry["processor"]))?.region ?? region;
        if (to !== region && typeof entry["transfer"] !== "string") unauthorised += 1;
      }
      return found(foreign + unauthorised === 0, "The newest entries of each log were read.", {
        entries,
        foreign,
        given,
        unauthorised,
      });
    },
  },
  {
    control: "others-are-not-taken-in",
    rows: ["A10"],
    title: "Somebody whom this region does not serve is not registered in it",
    async probe({ oubli, world: { policy, region } }) {
      const served = policy.regions[region]?.jurisdictions ?? [];
      const other = ["DE", "US", "BR", "JP"].find((country) => !isWithin(country, served));
      if (other === undefined) return notChecked("This region serves everybody.");
      const canaries = oubli.tenant(CANARY_TENANT);
      const register = () => canaries.subject("canary-elsewhere", { jurisdiction: other });
      const answer = await codeOf(register);
      const there = (await canaries.find("canary-elsewhere")) !== null;
      return found(answer !== null && !there, "A canary from elsewhere was to be registered.", {
        from: other,
        answer,
      });
    },
  },
  {
    control: "transfers-in-force",
    rows: ["A10"],
    title: "Every standing authorisation to leave the region is in force",
    async probe({ world: { policy, region, clock } }) {
      const all = (policy.transfers ?? []).filter(({ from }) => from === region);
      if (all.length === 0) return notChecked("Nothing is authorised to leave this region.");
      const now = clock.now();
      const over = all.filter(({ expires }) => Date.parse(`${expires}T00:00:00Z`) <= now);
      return found(over.length === 0, "The end of each was read.", {
        authorisations: all.length,
        over: over.length,
      });
    },
  },
  {
    control: "backups-stay",
    rows: ["A10", "A7"],
    title: "No backup lies outside its region, or past its end, without the ledger saying so",
    async probe({ world: { audit, region, clock } }) {
      const now = clock.now();
      const ended = new Set<string>();
      const made = new Map<string, { readonly target: unknown; readonly endsAt: number }>();
      const { size } = await audit.store.head("ledger");
      for (let from = 0; from < size; from += NEWEST) {
        for (const { type, bytes } of await audit.store.entries("ledger", {
          from,
          limit: Math.min(NEWEST, size - from),
        })) {
          if (type !== "backup.made" && type !== "backup.ended") continue;
          const entry = tryReadEntry(bytes);
          const id = String(entry?.["backup"]);
          if (type === "backup.ended") ended.add(id);
          else made.set(id, { target: entry?.["target"], endsAt: Number(entry?.["endsAt"]) });
        }
      }
      if (made.size === 0) return notChecked("No backup was made yet.");
      const all = [...made].filter(([id]) => !ended.has(id)).map(([, one]) => one);
      const abroad = all.filter(({ target, endsAt }) => endsAt > now && target !== region).length;
      const over = all.filter(({ endsAt }) => endsAt <= now).length;
      return found(abroad + over === 0, "Each backup of the ledger was read.", {
        made: made.size,
        ended: ended.size,
        abroad,
        pastTheirEnd: over,
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
