import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { foldersOf, openStores, openWith, type Folders, type Oubli, type Stores } from "#engine";
import { systemClock, word, type Actor } from "#kernel";
import { isVaultRoot } from "#keys";
import { defineConfig, type OubliConfig } from "#policy";

import { CliError } from "./cli-error.ts";
import type { Settings } from "./command.ts";
import { loadConfig } from "./config-file.ts";

/** An open store: the product's face, and the parts that checks look at. */
export interface Opened extends AsyncDisposable {
  readonly oubli: Oubli;
  readonly stores: Stores;
  readonly folders: Folders;
  readonly region: string;
  /** Whether a configuration file was found; without one, the stored configuration holds. */
  readonly configured: boolean;
}

/** Where the store is and what rules it. Nothing is opened yet. */
export interface Target {
  readonly config: OubliConfig;
  readonly region: string;
  readonly folders: Folders;
  readonly configured: boolean;
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
 * The configuration file's configuration if there is one; `--dir` and `--root` say where.
 *
 * A store that `--dir` names keeps the configuration it has: a file that happens to lie in the
 * folder one works in was not written for it. `--config` says otherwise.
 */
export async function targetOf(settings: Settings, folder: string): Promise<Target> {
  const named = settings.dir !== null && settings.config === null;
  const kept = named && existsSync(resolve(folder, settings.dir, "audit.db"));
  const found = kept ? null : await loadConfig(settings.config, folder);
  const config = place(found ?? defaults(settings, folder), settings, folder);
  const [[region, { store, root }]] = Object.entries(config.regions) as [
    [string, OubliConfig["regions"][string]],
  ];
  if (typeof store !== "string") throw new CliError("NO_STORE", "This store is on a server.");
  return { config, region, folders: foldersOf({ store, root }), configured: found !== null };
}

/** @throws {CliError} `NO_STORE`: a mistyped folder must not become a second store. */
export async function openStore(settings: Settings, folder: string): Promise<Opened> {
  const target = await targetOf(settings, folder);
  if (!existsSync(join(target.folders.data, "audit.db"))) {
    throw noStore();
  }
  return openTarget(target, settings.tenant);
}

export function noStore(): CliError {
  return new CliError("NO_STORE", "There is no store in this folder; make one: oubli init");
}

/** Whether anything of a store is there: then a part that is missing is a fault. */
export function hasTraces({ folders, region }: Target): boolean {
  const files = ["audit.db", "keys.db", "memory.db"].map((name) => join(folders.data, name));
  return [...files, join(folders.root, region + NOTARY)].some((file) => existsSync(file));
}

/** Opens a store, making it when there is none. */
export async function openTarget(target: Target, tenant: string | null): Promise<Opened> {
  const { config, region, folders, configured } = target;
  const stores = openStores(folders, region, systemClock);
  const oubli = await openWith(stores, config, region, !configured, {
    clock: systemClock,
    actor: CLI_ACTOR,
    sweep: "manual",
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

/** The configuration with its files where the flags say. */
function place(config: OubliConfig, { dir, root }: Settings, folder: string): OubliConfig {
  if (dir === null && root === null) return config;
  const regions = Object.entries(config.regions).map(([name, region]) => {
    const store = dir === null ? region.store : `sqlite:${resolve(folder, dir)}`;
    return [name, { ...region, store, root: root === null ? region.root : rootAt(folder, root) }];
  });
  return { ...config, regions: Object.fromEntries(regions) };
}

function rootAt(folder: string, root: string): string {
  return isVaultRoot(root) ? root : resolve(folder, root);
}

/** Without a configuration file: the region that the notary beside the data was made for. */
function defaults({ dir, root }: Settings, folder: string): OubliConfig {
  const data = resolve(folder, dir ?? DATA);
  const keys = root === null ? join(dirname(data), "oubli-root") : rootAt(folder, root);
  const { root: notary } = foldersOf({ store: `sqlite:${data}`, root: keys });
  const files = existsSync(notary) ? readdirSync(notary) : [];
  const names = files.filter((name) => name.endsWith(NOTARY));
  const region = names.length === 1 ? names[0]!.slice(0, -NOTARY.length) : "default";
  const at = { jurisdictions: ["*"], store: `sqlite:${data}`, root: keys };
  return defineConfig({ regions: { [region]: at } });
}
