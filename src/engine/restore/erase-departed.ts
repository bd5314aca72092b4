import { OubliError, isOubliError, type SubjectId, type Word } from "#kernel";
import { arrivedFrom, leftUntold, type Arrived } from "#transfer";

import { openPlace } from "../open-place.ts";
import type { Oubli } from "../oubli.ts";
import { closeStores } from "../stores.ts";
import type { EngineWorld } from "../world.ts";
import type { Place } from "./place.ts";

const PAGE = 1000;

/**
 * Erases those who went to another region in a tail that was given up: they are there, and a backup
 * from before they left has them here as well.
 *
 * Where they are is asked of the ledgers of the configuration's other regions. One that cannot be
 * asked keeps the place locked, since nobody can say who is in it.
 *
 * @returns how many were erased.
 * @throws {OubliError} `REGION_UNAVAILABLE`
 */
export async function eraseDeparted(
  place: Place,
  world: EngineWorld,
  oubliOf: (tenant: Word) => Oubli,
): Promise<number> {
  let erased = 0;
  for (const [name, { store, root, accessLogs }] of Object.entries(place.config.regions)) {
    if (name === place.region) continue;
    const where = { store, root, ...(accessLogs === undefined ? {} : { accessLogs }) };
    const arrived = await arrivedIn(where, name as Word, place);
    if (arrived.size === 0) continue;
    for await (const subject of subjectsOf(world)) {
      if (!(await leftUntold(world, subject, arrived))) continue;
      const tenant = (await world.keyring.tenantOf(subject)) as Word;
      await (await oubliOf(tenant).subjectById(subject)).erase();
      erased += 1;
    }
  }
  return erased;
}

async function arrivedIn(
  where: Parameters<typeof openPlace>[0],
  name: Word,
  { region, clock }: Place,
): Promise<Arrived> {
  try {
    const stores = await openPlace(where, { region: name, clock, existing: true });
    try {
      return await arrivedFrom({ audit: { store: stores.audit } }, region);
    } finally {
      await closeStores(stores);
    }
  } catch (error) {
    // A region that nobody has written to yet has nobody.
    if (isOubliError(error, "NOT_FOUND")) return new Map();
    throw new OubliError("REGION_UNAVAILABLE", { region: name }, error);
  }
}

async function* subjectsOf({ keyring }: EngineWorld): AsyncGenerator<SubjectId> {
  for (let after: SubjectId | null = null; ;) {
    const page: readonly SubjectId[] = await keyring.subjects(null, { after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!;
  }
}
