import { storedEntries, tryReadEntry } from "#audit";
import { codeOf } from "#kernel";
import { isWithin, processorOf } from "#policy";

import { CANARY_TENANT } from "../canary.ts";
import { found, notChecked, type Control } from "../control.ts";
import { newestEntries } from "../newest-entries.ts";

const ELSEWHERE = "oubli-posture-canary-elsewhere";

/** What stays in the region, and what may leave it. */
export const REGION_CONTROLS: readonly Control[] = [
  {
    control: "log-is-of-this-region",
    rows: ["A10"],
    title: "Every entry is of this region, and nothing left it without its authorisation",
    async probe(ground) {
      const { policy, region } = ground.world;
      let [entries, foreign, given, unauthorised] = [0, 0, 0, 0];
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
      const register = () => canaries.subject(ELSEWHERE, { jurisdiction: other });
      const answer = await codeOf(register);
      const there = (await canaries.find(ELSEWHERE)) !== null;
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
      for await (const { type, bytes } of storedEntries(audit.store, "ledger")) {
        if (type !== "backup.made" && type !== "backup.ended") continue;
        const entry = tryReadEntry(bytes);
        const id = String(entry?.["backup"]);
        if (type === "backup.ended") ended.add(id);
        else made.set(id, { target: entry?.["target"], endsAt: Number(entry?.["endsAt"]) });
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
