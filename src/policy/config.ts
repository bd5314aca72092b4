import { canonicalJson, word, type Json } from "#kernel";

import { configError } from "./config-error.ts";
import type { ConfigInput, OubliConfig, RegionInput } from "./config-input.ts";
import { parseConfig } from "./config-schema.ts";
import type { Pack } from "./pack.ts";
import { gdpr } from "./packs/gdpr.ts";
import { hipaa } from "./packs/hipaa.ts";
import { house } from "./packs/house.ts";
import { sb243 } from "./packs/sb243.ts";
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
  const named = Object.keys(given.regions ?? DEFAULT_REGIONS);
  if (named.length !== 1) {
    throw configError(["regions"], named.length, word("exactly one region in this version"));
  }
  const packs = given.packs ?? [gdpr()];
  for (const [at, pack] of packs.entries()) refuseBorrowed(pack, at);
  const regions = mapValues(given.regions ?? DEFAULT_REGIONS, resolveRegion);
  const purposes = { ...STANDARD_PURPOSES, ...given.purposes };
  const policy = resolvePolicy({ ...given, purposes }, [house(), ...packs], regions);
  return deepFreeze({ policy, regions });
}

/**
 * A pack with a shipped one's name or profile is the shipped one, rule for rule: what `explain`
 * and the ledger call `gdpr-2026.1` is that. A stored policy keeps the packs of its own time.
 */
function refuseBorrowed(pack: Pack, at: number): void {
  if (pack.name === house().name) {
    throw configError(["packs", at, "name"], pack.name, word("a name of your own"));
  }
  const shipped = [house(), gdpr(), hipaa(), sb243()].find(
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
