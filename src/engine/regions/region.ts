import { isOubliError, OubliError, SECOND_MS, type ErrorCode, type Word } from "#kernel";

import type { Oubli } from "../oubli.ts";

/** How often a region that is away is tried again. */
const RETRY_MS = 5 * SECOND_MS;

/** What says that a region cannot answer now, and not that it answers no. */
const OUTAGES: readonly ErrorCode[] = [
  "STORE_UNAVAILABLE",
  "STORE_BUSY",
  "AUDIT_UNAVAILABLE",
  "ROOT_UNAVAILABLE",
  "REGION_UNAVAILABLE",
];

/** One of several regions: it may be away while the others serve. */
export interface Region {
  readonly name: Word;
  isOpen(): boolean;
  /** @throws {OubliError} `REGION_UNAVAILABLE` while it could not be opened. */
  oubli(): Oubli;
  close(): Promise<void>;
}

export function isOutage(error: unknown): boolean {
  return OUTAGES.some((code) => isOubliError(error, code));
}

/**
 * Opens a region; one that is away is tried again every five seconds until it is closed.
 *
 * @throws {OubliError} whatever waiting does not mend: a fork of its log, a schema that is newer.
 */
export async function openRegion(name: Word, open: () => Promise<Oubli>): Promise<Region> {
  let oubli: Oubli | null = null;
  let opening: Promise<void> | null = null;
  let failure: unknown = null;
  let closed = false;

  async function tryOpen(): Promise<void> {
    try {
      oubli = await open();
    } catch (error) {
      failure = error;
    }
    opening = null;
  }

  await tryOpen();
  if (oubli === null && !isOutage(failure)) throw failure;
  const retry = setInterval(() => {
    if (oubli === null && !closed) opening ??= tryOpen();
  }, RETRY_MS);
  retry.unref();

  return {
    name,
    isOpen: () => oubli !== null && !closed,
    oubli() {
      if (closed) throw new OubliError("CLOSED");
      if (oubli === null) throw new OubliError("REGION_UNAVAILABLE", { region: name }, failure);
      return oubli;
    },
    async close() {
      closed = true;
      clearInterval(retry);
      await opening;
      await oubli?.close();
    },
  };
}

/**
 * Asks every region at once. Where several know, as while somebody moves from one to another,
 * `choose` says whose answer counts: by default the first one's.
 *
 * @throws {OubliError} `REGION_UNAVAILABLE` when none of those that answered knows, and one did
 *   not answer: it may be the one.
 */
export async function askEach<Answer>(
  regions: readonly Region[],
  ask: (oubli: Oubli) => Promise<Answer | null>,
  choose: (known: readonly Answer[]) => Promise<Answer> = async ([first]) => first!,
): Promise<Answer | null> {
  const known: Answer[] = [];
  const asked = await Promise.allSettled(regions.map(async (region) => ask(region.oubli())));
  const away: Word[] = [];
  for (const [at, outcome] of asked.entries()) {
    if (outcome.status === "fulfilled") {
      if (outcome.value !== null) known.push(outcome.value);
    } else if (isOutage(outcome.reason)) away.push(regions[at]!.name);
    else throw outcome.reason;
  }
  if (known.length > 0) return known.length === 1 ? known[0]! : choose(known);
  if (away.length > 0) throw new OubliError("REGION_UNAVAILABLE", { regions: away });
  return null;
}
