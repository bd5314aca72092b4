import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import type { AuditStore, NotaryStore } from "#audit";
import type { SnapshotSource } from "#backup";
import type { TallyStore } from "#analytics";
import type { CaseStore } from "#cases";
import { OubliError, word, type Clock, type Word } from "#kernel";
import {
  fileRootProvider,
  isVaultRoot,
  type KeyStore,
  makeFolderFor,
  type RootProvider,
  vaultAddress,
  vaultRootProvider,
} from "#keys";
import type { MemoryStore } from "#memory";
import type { Region } from "#policy";
import {
  openAuditStore,
  openKeyStore,
  openMemoryStore,
  openNotaryStore,
  refuseLocked,
  removeSnapshots,
  sqliteSnapshots,
} from "#store";

/** One region's databases and root. */
export interface Stores {
  readonly audit: AuditStore;
  /** In the audit database: opened and closed with it. */
  readonly cases: CaseStore;
  readonly tallies: TallyStore;
  readonly keys: KeyStore;
  readonly memory: MemoryStore;
  readonly notary: NotaryStore;
  readonly root: RootProvider;
}

/** Stores that can be copied while they are in use. */
export interface CopiedStores extends Stores {
  readonly snapshots: SnapshotSource;
}

/** Databases with addresses of their own. */
export type StoreUrls = Exclude<Region["store"], string>;

/** Where a region's root is. */
export interface RootPlace {
  /** The folder of the notary, and of the root keys where no Vault has them. */
  readonly root: string;
  /** The Vault that has the root keys, as it was configured. */
  readonly vault?: string;
}

/** Where a region's files are. */
export interface Folders extends RootPlace {
  readonly data: string;
}

const SQLITE = "sqlite:";

/** Whether a region's databases are files, and not on a server. */
export function isOnFiles(store: Region["store"]): store is string {
  return typeof store === "string" && store.startsWith(SQLITE);
}

export function foldersOf({ store, root }: { store: string; root: string | null }): Folders {
  return { data: resolve(store.slice(SQLITE.length)), ...rootOf({ store, root }) };
}

/** The root lies beside the data, never inside: backups differ. With data on a server: here. */
export function rootOf({ store, root }: Pick<Region, "store" | "root">): RootPlace {
  const data = isOnFiles(store) ? resolve(store.slice(SQLITE.length)) : null;
  const beside = join(data === null ? "." : dirname(data), "oubli-root");
  if (root === null || !isVaultRoot(root)) return { root: resolve(root ?? beside) };
  return { root: resolve(vaultAddress(root).folder ?? beside), vault: root };
}

/**
 * Opens a region's stores, making them when there are none.
 *
 * @throws {OubliError} `ROOT_MISSING` when there are databases and no root: keys and notary are
 *   never made anew beside data. `STORE_LOCKED` where a restore did not end.
 */
export function openStores(folders: Folders, region: string, clock: Clock): CopiedStores {
  refuseLocked(folders.data);
  const stores = openUnlocked(folders, region, clock);
  try {
    // A restore that began meanwhile has locked the place first, and looked for us then.
    refuseLocked(folders.data);
    return stores;
  } catch (error) {
    void closeStores(stores);
    throw error;
  }
}

/** As {@link openStores}, for the restore itself. */
export function openUnlocked(folders: Folders, region: string, clock: Clock): CopiedStores {
  const file = (name: string): string => join(folders.data, `${name}.db`);
  const notary = join(folders.root, `${region}.notary.db`);
  if (existsSync(file("audit")) && !existsSync(notary)) {
    throw new OubliError("ROOT_MISSING", { region: region as Word });
  }
  makeFolder(folders.root);
  makeFolder(folders.data);
  removeSnapshots(folders.data);
  const opened: { close(): Promise<void> }[] = [];
  const open = <Store extends { close(): Promise<void> }>(store: Store): Store => {
    opened.push(store);
    return store;
  };
  try {
    const notaryStore = open(openNotaryStore(notary));
    const audit = open(openAuditStore(file("audit")));
    return {
      notary: notaryStore,
      audit,
      cases: audit.cases,
      tallies: audit.tallies,
      keys: open(openKeyStore(file("keys"))),
      memory: open(openMemoryStore(file("memory"))),
      root: openRoot(folders, region, clock),
      snapshots: sqliteSnapshots({
        memory: file("memory"),
        keys: file("keys"),
        audit: file("audit"),
      }),
    };
  } catch (error) {
    for (const store of opened) void store.close();
    throw error;
  }
}

export function openRoot({ root, vault }: RootPlace, region: string, clock: Clock): RootProvider {
  return vault === undefined
    ? fileRootProvider({ folder: root, region, clock })
    : vaultRootProvider({ root: vault, region, clock });
}

export async function closeStores({ audit, keys, memory, notary, root }: Stores): Promise<void> {
  for (const store of [memory, keys, audit, notary]) await store.close();
  root.close?.();
}

export function makeFolder(path: string): void {
  try {
    makeFolderFor(path);
  } catch (error) {
    throw folderError(error);
  }
}

/** A failure of the file system as ours: its message holds a path. */
export function folderError(error: unknown): OubliError {
  const { code } = error as NodeJS.ErrnoException;
  const details = { folder: word("store") };
  if (code === "EROFS" || code === "EACCES" || code === "EPERM") {
    return new OubliError("STORE_READ_ONLY", details, error);
  }
  const full = code === "ENOSPC" || code === "EDQUOT";
  return new OubliError(full ? "STORE_FULL" : "STORE_UNAVAILABLE", details, error);
}
