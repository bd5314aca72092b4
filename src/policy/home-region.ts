import { word, type Word } from "#kernel";

import { configError } from "./config-error.ts";
import { isWithin } from "./jurisdiction.ts";

type Regions = Readonly<Record<string, { readonly jurisdictions: readonly string[] }>>;

/**
 * The region that a person of this country belongs to: the one that names the country, else the
 * one of the EEA, else the one of everybody. `null` when none of them serves it.
 */
export function homeRegion(regions: Regions, country: string): Word | null {
  for (const area of [country, "EEA", "*"]) {
    if (!isWithin(country, [area])) continue;
    const home = Object.keys(regions).find((name) => regions[name]!.jurisdictions.includes(area));
    if (home !== undefined) return home as Word;
  }
  return null;
}

/**
 * Each area has one region at most: of two, it would be chance where a person's data are.
 *
 * @throws {OubliError} `CONFIG_INVALID`
 */
export function refuseOverlaps(regions: Regions): void {
  const served = new Map<string, string>();
  for (const [name, { jurisdictions }] of Object.entries(regions)) {
    for (const area of jurisdictions) {
      const other = served.get(area);
      if (other !== undefined) {
        const wanted = word(`in one region only: ${other} has it`);
        throw configError(["regions", name, "jurisdictions"], area, wanted);
      }
      served.set(area, name);
    }
  }
}
