import { existsSync } from "node:fs";
import { join } from "node:path";

import { isOubliError, OubliError, type Word } from "#kernel";
import { openKeyring } from "#keys";
import { dealingsWith, type Dealings, type Origin } from "#transfer";

import { openPlace } from "../open-place.ts";
import { closeStores, rootOf } from "../stores.ts";
import type { Place } from "./place.ts";

/** Another region of the configuration, and what its ledger tells of this one. */
export interface OtherRegion {
  readonly origin: Origin;
  readonly dealings: Dealings;
}

/**
 * Asks the ledgers of the other regions who came from here and who was sent here. One that cannot
 * be asked keeps the place locked, since nobody can say who is in it.
 *
 * @throws {OubliError} `REGION_UNAVAILABLE`
 */
export async function askOtherRegions(
  place: Place,
  opened: AsyncDisposableStack,
): Promise<readonly OtherRegion[]> {
  const others: OtherRegion[] = [];
  for (const name of Object.keys(place.config.regions) as Word[]) {
    if (name === place.region) continue;
    const other = await ask(place, name, opened);
    if (other !== null) others.push(other);
  }
  return others;
}

async function ask(
  { config, region: here, clock, ids }: Place,
  region: Word,
  opened: AsyncDisposableStack,
): Promise<OtherRegion | null> {
  const { store, root, accessLogs } = config.regions[region]!;
  const where = { store, root, ...(accessLogs === undefined ? {} : { accessLogs }) };
  try {
    const stores = await openPlace(where, { region, clock, existing: true });
    opened.defer(() => closeStores(stores));
    const keys = { store: stores.keys, root: stores.root, clock, ids, region };
    const keyring = opened.adopt(await openKeyring(keys), (one) => one.close());
    const origin = { region, audit: { store: stores.audit }, keyring };
    return { origin, dealings: await dealingsWith(origin, here) };
  } catch (error) {
    // A region that nobody has written to yet has nobody; one that has a notary has lost its log.
    if (isOubliError(error, "NOT_FOUND") && !hasNotary(where, region)) return null;
    throw new OubliError("REGION_UNAVAILABLE", { region }, error);
  }
}

function hasNotary(where: Parameters<typeof rootOf>[0], region: Word): boolean {
  return existsSync(join(rootOf(where).root, `${region}.notary.db`));
}
