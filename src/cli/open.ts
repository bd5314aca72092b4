import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import {
  foldersOf,
  isOnFiles,
  openPlace,
  openRegions,
  openWith,
  refuseGiven,
  rootOf,
  withoutUnsound,
  type Oubli,
  type Peers,
  type RootPlace,
  type Stores,
} from "#engine";
import { isOubliError, systemClock, word, type Actor, type Word } from "#kernel";
import { isVaultRoot } from "#keys";
import { defineConfig, type OubliConfig, type Region } from "#policy";

import { CliError } from "./cli-error.ts";
import type { Settings } from "./command.ts";
import { loadConfig, type Given } from "./config-file.ts";

/** An open region: the product's face, and the parts that checks look at. */
export interface Opened extends AsyncDisposable {
  readonly oubli: Oubli;
  readonly stores: Stores;
  readonly folders: Places;
  readonly region: string;
  /** Whether a configuration file was found; without one, the stored configuration holds. */
  readonly configured: boolean;
}

/** Where a region's files are; `data` is `null` for databases on a server. */
export interface Places extends RootPlace {
  readonly data: string | null;
}

/** All regions that were asked for, behind one face. */
export interface OpenedRegions extends AsyncDisposable {
  readonly oubli: Oubli;
  /** @throws {CliError} `USAGE` where there are several, and none was named. */
  only(): Oubli;
  storesOf(region: string): Stores;
}

/** Where one region's store is and what rules it. Nothing is opened yet. */
export interface Target {
  readonly config: OubliConfig;
  readonly region: string;
  readonly folders: Places;
  readonly configured: boolean;
  /** What the configuration file gives beside it. */
  readonly given?: Given;
  readonly connectionsMax?: number | undefined;
}

/** Who acts: the person at the terminal has the controller's own rights. */
export const CLI_ACTOR: Actor = {
  kind: "staff",
  id: word("cli"),
  roles: [word("privacy-officer"), word("app")],
};

/** Who reads the log: who has the files could read all of it in them. */
export const CLI_AUDITOR: Actor = { kind: "staff", id: word("cli"), roles: [word("auditor")] };

const DATA = "oubli-data";
const NOTARY = ".notary.db";

/**
 * Every region that was asked for: the one that is named, or all that are configured.
 *
 * A store that is named keeps the configuration it has: a file that happens to lie in the folder
 * one works in was not written for it. `--config` says otherwise.
 */
export async function targetsOf(settings: Settings, folder: string): Promise<readonly Target[]> {
  const found = isKept(settings, folder) ? null : await loadConfig(settings.config, folder);
  const config = place(found?.config ?? defaults(settings, folder), settings, folder);
  const connectionsMax = settings.connectionsMax ?? undefined;
  return namesIn(config, settings).map((region) => {
    const folders = placesOf(config.regions[region]!);
    const { given } = found ?? {};
    const told = given === undefined ? {} : { given };
    return { config, region, folders, configured: found !== null, ...told, connectionsMax };
  });
}

/** @throws {CliError} `USAGE` where there are several regions, and none is named. */
export async function targetOf(settings: Settings, folder: string): Promise<Target> {
  const targets = await targetsOf(settings, folder);
  if (targets.length > 1) throw regionNeeded(targets.map(({ region }) => region));
  return targets[0]!;
}

/** @throws {CliError} `NO_STORE`: a mistyped folder must not become a second store. */
export async function openStore(settings: Settings, folder: string): Promise<OpenedRegions> {
  const targets = await targetsOf(settings, folder);
  const names = targets.map(({ region }) => region as Word);
  const opened = new Map<string, Opened>();
  const peers: Peers = new Map();
  const openOne = async (region: Word): Promise<Oubli> => {
    const target = targets.find((one) => one.region === region)!;
    const { tenant } = settings;
    const made = await openTarget(target, tenant, { existing: true, peers }).catch(
      (error: unknown) => {
        throw isOubliError(error, "NOT_FOUND") ? noStore() : error;
      },
    );
    opened.set(region, made);
    return made.oubli;
  };
  const { policy } = targets[0]!.config;
  const oubli =
    names.length === 1
      ? await openOne(names[0]!)
      : await openRegions(policy, names, openOne, peers);
  return {
    oubli,
    only() {
      if (names.length > 1) throw regionNeeded(names);
      return oubli;
    },
    storesOf: (region) => opened.get(region)!.stores,
    [Symbol.asyncDispose]: () => oubli.close(),
  };
}

/**
 * Opens one region, making it when there is nothing.
 *
 * @param how.unsound Also over a source whose declaration is wrong: nothing ends by it there.
 * @throws {OubliError} `NOT_FOUND` with `existing`, instead of making it.
 */
export async function openTarget(
  { config, region, folders, configured, given, connectionsMax }: Target,
  tenant: string | null,
  {
    existing = false,
    peers = new Map(),
    unsound = false,
  }: { readonly existing?: boolean; readonly peers?: Peers; readonly unsound?: boolean } = {},
): Promise<Opened> {
  const at = { region, clock: systemClock, connectionsMax, existing };
  const adopts = !configured && existing;
  await refuseGiven(config, { ...given, clock: systemClock }, { region, adopts, unsound });
  const sources = unsound && given?.sources ? { sources: await withoutUnsound(given.sources) } : {};
  const stores = await openPlace(config.regions[region]!, at);
  const oubli = await openWith(stores, config, region, !configured, {
    ...given,
    ...sources,
    clock: systemClock,
    actor: CLI_ACTOR,
    sweep: "manual",
    peers,
  });
  return {
    oubli: tenant === null ? oubli : oubli.tenant(tenant),
    stores,
    folders,
    region,
    configured,
    [Symbol.asyncDispose]: () => oubli.close(),
  };
}

export function noStore(): CliError {
  return new CliError("NO_STORE", "There is no store in this place; make one: oubli init");
}

/** Whether anything of a store is there: then a part that is missing is a fault. */
export function hasTraces({ folders: { data, root }, region }: Target): boolean {
  if (data === null) return true;
  const files = ["audit.db", "keys.db", "memory.db"].map((name) => join(data, name));
  return [...files, join(root, region + NOTARY)].some((file) => existsSync(file));
}

/** A store as it may be shown: an address holds a password. */
export function shownStore(store: Region["store"]): string {
  if (typeof store !== "string") {
    const places = Object.values(store).map((url: string) => shownStore(url));
    return [...new Set(places)].join(", ");
  }
  if (isOnFiles(store)) return foldersOf({ store, root: null }).data;
  const url = URL.parse(store);
  return url === null ? "a server" : `postgres://${url.host}${url.pathname}`;
}

function regionNeeded(names: readonly string[]): CliError {
  return new CliError("USAGE", `--region is needed: ${names.join(", ")}`);
}

function placesOf(region: Region): Places {
  const { store } = region;
  const data = isOnFiles(store) ? foldersOf({ store, root: null }).data : null;
  return { data, ...rootOf(region) };
}

/** What `--dir` or `--store` says, or their variables. */
function storeIn({ dir, store }: Settings, folder: string): Region["store"] | null {
  if (dir !== null) return `sqlite:${resolve(folder, dir)}`;
  if (store === null || !isOnFiles(store)) return store;
  return `sqlite:${resolve(folder, store.slice("sqlite:".length))}`;
}

function isKept(settings: Settings, folder: string): boolean {
  const store = storeIn(settings, folder);
  if (store === null || settings.config !== null) return false;
  return !isOnFiles(store) || existsSync(join(foldersOf({ store, root: null }).data, "audit.db"));
}

function namesIn({ regions }: OubliConfig, { region }: Settings): readonly string[] {
  const names = Object.keys(regions);
  if (region === null) return names;
  if (names.includes(region)) return [region];
  throw new CliError("USAGE", `--region takes ${names.join(", ")}`);
}

/** The configuration with a region's place where flags or variables say. */
function place(config: OubliConfig, settings: Settings, folder: string): OubliConfig {
  const store = storeIn(settings, folder);
  const { root } = settings;
  if (store === null && root === null) return config;
  const names = namesIn(config, settings);
  if (names.length > 1) throw regionNeeded(names);
  const [name] = names as [string];
  const region = config.regions[name]!;
  const placed = {
    ...region,
    store: store ?? region.store,
    root: root === null ? region.root : rootAt(folder, root),
  };
  return { ...config, regions: { ...config.regions, [name]: placed } };
}

function rootAt(folder: string, root: string): string {
  return isVaultRoot(root) ? root : resolve(folder, root);
}

/** Without a configuration file: the region that the notary beside the data was made for. */
function defaults(settings: Settings, folder: string): OubliConfig {
  const store = storeIn(settings, folder) ?? `sqlite:${resolve(folder, DATA)}`;
  const beside = join(
    isOnFiles(store) ? dirname(store.slice("sqlite:".length)) : folder,
    "oubli-root",
  );
  const root = settings.root === null ? beside : rootAt(folder, settings.root);
  const { packs, ...at } = settings.fresh;
  const region = settings.region ?? noted(rootOf({ store, root }));
  return defineConfig({
    ...(packs === undefined ? {} : { packs }),
    regions: { [region]: { ...at, store, root } },
  });
}

function noted({ root }: RootPlace): string {
  const files = existsSync(root) ? readdirSync(root) : [];
  const names = files.filter((name) => name.endsWith(NOTARY));
  return names.length === 1 ? names[0]!.slice(0, -NOTARY.length) : "default";
}
