import { relative, sep } from "node:path";

import { canonicalJson, word, type Json } from "#kernel";

import { configError } from "./config-error.ts";
import type { ConfigInput, OubliConfig, Region, RegionInput } from "./config-input.ts";
import { parseConfig } from "./config-schema.ts";
import type { Pack } from "./pack.ts";
import { ccpa } from "./packs/ccpa.ts";
import { gdpr } from "./packs/gdpr.ts";
import { hipaa } from "./packs/hipaa.ts";
import { house } from "./packs/house.ts";
import { lgpd } from "./packs/lgpd.ts";
import { sb243 } from "./packs/sb243.ts";
import { refuseOverlaps } from "./home-region.ts";
import { deepFreeze, mapValues } from "./records.ts";
import { resolvePolicy, resolveRegion } from "./resolve-policy.ts";
import { STANDARD_PURPOSES } from "./standard-purposes.ts";

const DEFAULT_REGIONS: Readonly<Record<string, RegionInput>> = {
  default: { jurisdictions: ["*"], store: "sqlite:./oubli-data" },
};

/**
 * Checks a configuration and fills in its defaults: one region in `./oubli-data`, the `gdpr` pack,
 * the standard purposes.
 *
 * @throws {OubliError} `CONFIG_INVALID` with the field, what was given and what is accepted.
 */
export function defineConfig(input: ConfigInput = {}): OubliConfig {
  const given = parseConfig(input);
  if (given.regions && Object.keys(given.regions).length === 0) {
    throw configError(["regions"], 0, word("at least one region"));
  }
  const packs = given.packs ?? [gdpr()];
  for (const [at, pack] of packs.entries()) refuseBorrowed(pack, at);
  const regions = mapValues(given.regions ?? DEFAULT_REGIONS, resolveRegion);
  refuseOverlaps(regions);
  refuseShared(regions);
  refuseLogsInFiles(regions);
  refuseRootInside(regions);
  const purposes = { ...STANDARD_PURPOSES, ...given.purposes };
  const policy = resolvePolicy({ ...given, purposes }, [house(), ...packs], regions);
  return deepFreeze({ policy, regions });
}

/** Two regions in one place would be one: with one set of keys, one backup, one end. */
function refuseShared(regions: OubliConfig["regions"]): void {
  const taken = new Map<string, string>();
  for (const [name, { store }] of Object.entries(regions)) {
    const place = canonicalJson(store as unknown as Json);
    const other = taken.get(place);
    if (other !== undefined) {
      const wanted = word(`a place of its own: ${other} is there`);
      throw configError(["regions", name, "store"], store, wanted);
    }
    taken.set(place, name);
  }
}

/** Files have one writer at a time: a second access log would wait for the same lock. */
function refuseLogsInFiles(regions: OubliConfig["regions"]): void {
  for (const [name, { store, accessLogs = 1 }] of Object.entries(regions)) {
    if (folderOf(store) !== null && accessLogs > 1)
      throw configError(["regions", name, "accessLogs"], accessLogs, 1);
  }
}

/** A copy of the data's folder would have the keys to it. */
function refuseRootInside(regions: OubliConfig["regions"]): void {
  for (const [name, { store, root }] of Object.entries(regions)) {
    const folder = folderOf(store);
    if (folder === null || root === null || root.startsWith("vault:")) continue;
    const [first] = relative(folder, root).split(sep);
    if (first === "..") continue;
    throw configError(["regions", name, "root"], root, word("a folder outside the store's"));
  }
}

/** The folder of a store in files; `null` of one on a server. */
function folderOf(store: Region["store"]): string | null {
  const files = "sqlite:";
  return typeof store === "string" && store.startsWith(files) ? store.slice(files.length) : null;
}

/**
 * A pack with a shipped one's name or profile is the shipped one, rule for rule: what `explain`
 * and the ledger call `gdpr-2026.1` is that. A stored policy keeps the packs of its own time.
 */
function refuseBorrowed(pack: Pack, at: number): void {
  if (pack.name === house().name) {
    throw configError(["packs", at, "name"], pack.name, word("a name of your own"));
  }
  const shipped = [house(), gdpr(), hipaa(), ccpa(), lgpd(), sb243()].find(
    ({ name, profile }) => name === pack.name || profile === pack.profile,
  );
  if (shipped === undefined || sameJson(shipped, pack)) return;
  const field = pack.name === shipped.name ? "name" : "profile";
  const accepted = word(`the ${shipped.name} pack as it is shipped, or a ${field} of your own`);
  throw configError(["packs", at, field], pack[field], accepted);
}

function sameJson(left: Pack, right: Pack): boolean {
  return canonicalJson(left as unknown as Json) === canonicalJson(right as unknown as Json);
}
