import { word } from "#kernel";

import { configError } from "./config-error.ts";
import type { ConfigInput, OubliConfig, RegionInput } from "./config-input.ts";
import { parseConfig } from "./config-schema.ts";
import { gdpr } from "./packs/gdpr.ts";
import { house } from "./packs/house.ts";
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
  const reserved = packs.findIndex((pack) => pack.name === house().name);
  if (reserved !== -1) {
    throw configError(["packs", reserved, "name"], house().name, word("a name of your own"));
  }
  const regions = mapValues(given.regions ?? DEFAULT_REGIONS, resolveRegion);
  const purposes = { ...STANDARD_PURPOSES, ...given.purposes };
  const policy = resolvePolicy({ ...given, purposes }, [house(), ...packs], regions);
  return deepFreeze({ policy, regions });
}
