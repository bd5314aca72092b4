import type { KeyObject } from "node:crypto";

import { OubliError, word, type Clock, type Word } from "#kernel";

import type { Durably } from "./faults.ts";
import type { WrapPlaces } from "./key-names.ts";
import type { EpochRow, KeyStore } from "./key-store.ts";
import type { RootProvider } from "./root-provider.ts";
import { intoKey, KEY_BYTES, newKeyBytes, unwrap, unwrapBytes, wrap } from "./wrap.ts";
import type { WrapPlace } from "./wrap.ts";

/** How long any unwrapped key stays in memory without being asked for anew. */
export const CACHE_MS_MAX = 60_000;

/** How often an act starts again because an epoch changed under it. */
const TRIES_MAX = 8;

/** An epoch whose keys are at hand: the active one, or one that retires. */
export interface LiveEpoch {
  readonly epoch: number;
  readonly rootKey: KeyObject;
  /** Makes look-ups of external ids. */
  readonly lookupKey: KeyObject;
  /** Seals external ids. */
  readonly sealKey: KeyObject;
}

export interface EpochsOptions {
  readonly store: KeyStore;
  readonly root: RootProvider;
  readonly clock: Clock;
  readonly region: string;
  readonly places: WrapPlaces;
  readonly durably: Durably;
}

export interface Epochs {
  /** The active epoch first, then one that retires. */
  live(): Promise<readonly LiveEpoch[]>;
  /** Reads the epochs again, and lets go of the keys of those that ended. */
  refresh(): Promise<readonly LiveEpoch[]>;
  /** Runs `work` with the live epochs, again when the store says that they changed. */
  settled<T>(work: (live: readonly LiveEpoch[]) => Promise<T | "epoch-changed">): Promise<T>;
  /** Unwraps a row's key; reads the row again when its epoch ended meanwhile. */
  unwrapRow<Row extends { readonly epoch: number; readonly wrapped: Uint8Array }>(
    read: () => Promise<Row | null>,
    place: (row: Row) => WrapPlace,
  ): Promise<{ readonly row: Row; readonly key: KeyObject } | null>;
  rootKey(epoch: number): Promise<KeyObject | null>;
  /** Makes the next epoch, with keys of its own, and lets `replaces` retire. */
  begin(replaces: number | null): Promise<void>;
  sweep(): void;
  clear(): void;
}

/**
 * The epochs of one region, as this process knows them.
 *
 * Knowing an old state is harmless: whatever is inserted asserts the active epoch in its own
 * transaction, and a row of an epoch unknown here makes us read the epochs again.
 */
export function epochsOf(options: EpochsOptions): Epochs {
  const { clock } = options;
  let known: { readonly live: readonly LiveEpoch[]; readonly since: number } | null = null;

  async function refresh(): Promise<readonly LiveEpoch[]> {
    known = { live: await load(options), since: clock.now() };
    return known.live;
  }
  function sweep(): void {
    if (known !== null && clock.now() - known.since >= CACHE_MS_MAX) known = null;
  }
  async function live(): Promise<readonly LiveEpoch[]> {
    sweep();
    return known?.live ?? refresh();
  }
  async function rootKey(epoch: number): Promise<KeyObject | null> {
    const has = (one: LiveEpoch): boolean => one.epoch === epoch;
    return ((await live()).find(has) ?? (await refresh()).find(has))?.rootKey ?? null;
  }

  return {
    live,
    refresh,
    rootKey,
    async settled(work) {
      for (let tries = 0; tries < TRIES_MAX; tries += 1) {
        const result = await work(tries === 0 ? await live() : await refresh());
        if (result !== "epoch-changed") return result;
      }
      throw new OubliError("CONFLICT");
    },
    async unwrapRow(read, place) {
      for (let tries = 0; tries < TRIES_MAX; tries += 1) {
        const row = await read();
        if (row === null) return null;
        const parent = await rootKey(row.epoch);
        if (parent !== null) return { row, key: unwrap(parent, place(row), row.wrapped) };
      }
      throw new OubliError("ROOT_MISSING");
    },
    begin: (replaces) => begin(options, replaces),
    sweep,
    clear() {
      known = null;
    },
  };
}

async function load(options: EpochsOptions): Promise<readonly LiveEpoch[]> {
  const { store, root, region, places } = options;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const rows = (await store.epochs()).filter(({ state }) => state !== "destroyed");
    if (rows.some((row) => row.region !== region)) {
      throw new OubliError("CONFIG_INVALID", { field: word("region") });
    }
    const loaded = await Promise.all(
      rows.map(async (row) => liveEpoch(row, await root.key(row.epoch), places)),
    );
    const live = loaded.filter((one) => one !== null);
    if (live.length === rows.length) return live.sort((left, right) => right.epoch - left.epoch);
    // A key is missing: rightly, when its epoch ended while we looked, or had only to be noted as
    // destroyed after a crash; it is empty then.
    const missing = rows.filter((row) => live.every(({ epoch }) => epoch !== row.epoch));
    const now = await store.epochs();
    if (!missing.every((row) => stillSo(row, now))) continue;
    for (const row of missing) {
      if (row.state === "active" || (await store.rowsUnder(row.epoch)) > 0) {
        throw new OubliError("ROOT_MISSING", { region: row.region as Word, epoch: row.epoch });
      }
    }
    return live;
  }
  throw new OubliError("CONFLICT");
}

function stillSo(row: EpochRow, now: readonly EpochRow[]): boolean {
  return now.some(({ epoch, state }) => epoch === row.epoch && state === row.state);
}

function liveEpoch(row: EpochRow, rootKey: KeyObject | null, places: WrapPlaces): LiveEpoch | null {
  const { epoch, directoryKeys } = row;
  if (rootKey === null || directoryKeys === null) return null;
  const pair = unwrapBytes(rootKey, places.directoryKeys(epoch), directoryKeys);
  const lookupKey = intoKey(pair.subarray(0, KEY_BYTES));
  return { epoch, rootKey, lookupKey, sealKey: intoKey(pair.subarray(KEY_BYTES)) };
}

/**
 * The number is new to the store and to the provider: a key that is there may belong to a begin
 * that was interrupted, to another store, or to a later life of this one, and is never taken up.
 */
async function begin(options: EpochsOptions, replaces: number | null): Promise<void> {
  const { store, root, region, places, durably } = options;
  const taken = [...(await root.epochs()), ...(await store.epochs()).map(({ epoch }) => epoch)];
  let epoch = Math.max(0, ...taken) + 1;
  while ((await durably("keys.root.create", () => root.create(epoch))) === "exists") epoch += 1;

  const rootKey = await root.key(epoch);
  if (rootKey === null) throw new OubliError("ROOT_MISSING", { epoch });
  const pair = newKeyBytes(2 * KEY_BYTES);
  const directoryKeys = wrap(rootKey, places.directoryKeys(epoch), pair);
  pair.fill(0);
  const outcome = await durably("keys.epoch.begin", () =>
    store.beginEpoch({ region, epoch, provider: root.name, directoryKeys, replaces }),
  );
  // Another process was first. Nothing is under this key, and nothing ever will be.
  if (outcome === "epoch-changed") await root.destroy(epoch);
}
