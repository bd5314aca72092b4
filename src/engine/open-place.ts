import { existsSync } from "node:fs";
import { join } from "node:path";

import type { AuditStore } from "#audit";
import { OubliError, systemClock, type Clock, type Word } from "#kernel";
import type { Region } from "#policy";
import { openNotaryStore, postgres } from "#store";

import { refuseUnset } from "./refuse-given.ts";
import {
  foldersOf,
  isOnFiles,
  makeFolder,
  openRoot,
  openStores,
  rootOf,
  type CopiedStores,
  type RootPlace,
  type StoreUrls,
} from "./stores.ts";

/** What a region's configuration says of its place. */
export type Place = Pick<Region, "store" | "root" | "accessLogs">;

export interface PlaceOptions {
  readonly region: string;
  readonly clock: Clock;
  /** Connections at most to each database on a server. */
  readonly connectionsMax?: number | undefined;
  /** Whether a store that nobody has written to yet is refused: `NOT_FOUND`. Default: `false`. */
  readonly existing?: boolean;
  /** For a restore alone: past its own lock. */
  readonly restore?: "placed";
}

/**
 * Opens a region's stores, wherever they are. Files are made where there are none; on a server the
 * schemas are an administrator's to make.
 *
 * @throws {OubliError} `ROOT_MISSING`, `SCHEMA_OLDER`, `SCHEMA_NEWER`, `CONFIG_INVALID`, `STORE_…`.
 */
export async function openPlace(
  { store, root, accessLogs }: Place,
  options: PlaceOptions,
): Promise<CopiedStores> {
  refuseUnset(options.clock);
  if (!isOnFiles(store)) {
    return openOnServer({ store, accessLogs }, rootOf({ store, root }), options);
  }
  if (options.existing && !isMade({ store })) throw new OubliError("NOT_FOUND");
  return openStores(foldersOf({ store, root }), options.region, options.clock);
}

/** Whether a store on files is there. One on a server can tell only once it is open. */
export function isMade({ store }: Pick<Place, "store">): boolean {
  return isOnFiles(store) && existsSync(join(foldersOf({ store, root: null }).data, "audit.db"));
}

/** One URL for all databases, or one for each. The notary is on a server only if it is said. */
export function urlsOf(store: string | StoreUrls): StoreUrls {
  return typeof store === "string" ? { memory: store, keys: store, audit: store } : store;
}

export async function openOnServer(
  { store, accessLogs }: Pick<Place, "store"> & { readonly accessLogs: number | undefined },
  folders: RootPlace,
  options: PlaceOptions,
): Promise<CopiedStores> {
  const urls = urlsOf(store);
  const { region, clock, connectionsMax: max, restore } = options;
  const past = restore === undefined ? {} : { restore };
  const at = (url: string) => ({ url, region, ...past, ...(max === undefined ? {} : { max }) });
  const logs = accessLogs === undefined ? {} : { accessLogs };
  const leases = clock === systemClock ? "server" : "caller";
  await using opened = new AsyncDisposableStack();
  const opening = async <Store extends { close(): Promise<void> }>(store: Promise<Store>) =>
    opened.adopt(await store, (one) => one.close());

  const besideMemory = urls.audit === urls.memory && restore === undefined;
  const audit = await opening(
    postgres.openAuditStore({ ...at(urls.audit), ...logs, leases, besideMemory }),
  );
  const keys = await opening(postgres.openKeyStore(at(urls.keys)));
  const carries = audit.comparesChanges && urls.keys === urls.memory;
  const memory = await opening(postgres.openMemoryStore({ ...at(urls.memory), carries }));
  const used = await isUsed(audit);
  if (options.existing && !used) throw new OubliError("NOT_FOUND");
  const notary =
    urls.notary === undefined
      ? await opening(openNotaryFile(folders, region, used))
      : await opening(openNotaryAt(at(urls.notary), used));
  const root = openRoot(folders, region, clock);
  opened.move();
  const snapshots = postgres.postgresSnapshots(urls, region);
  const { cases, tallies } = audit;
  return { audit, cases, tallies, keys, memory, notary, root, snapshots };
}

/** Whether anything was ever written down. Everything that is kept begins with a ledger entry. */
async function isUsed(audit: AuditStore): Promise<boolean> {
  return (await audit.head("ledger")).size > 0;
}

/**
 * Why it is safe beside a process that opens for the first time: the log was read before, and that
 * process makes its notary before it writes to the log.
 *
 * @throws {OubliError} `ROOT_MISSING`: a notary made anew would sign whatever log is there.
 */
async function openNotaryFile({ root }: RootPlace, region: string, used: boolean) {
  const path = join(root, `${region}.notary.db`);
  if (used && !existsSync(path)) throw new OubliError("ROOT_MISSING", { region: region as Word });
  makeFolder(root);
  return openNotaryStore(path);
}

/** As {@link openNotaryFile}: one on a server is lost when its schema was made anew. */
export async function openNotaryAt(place: postgres.PostgresPlace, used: boolean) {
  const notary = await postgres.openNotaryStore(place);
  try {
    if (used && (await notary.isNew())) {
      throw new OubliError("ROOT_MISSING", { region: place.region as Word });
    }
    return notary;
  } catch (error) {
    await notary.close();
    throw error;
  }
}
