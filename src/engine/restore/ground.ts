import { existsSync } from "node:fs";
import { join } from "node:path";

import type { AuditStore, NotaryStore } from "#audit";
import type { SnapshotTarget } from "#backup";
import { OubliError, type Clock, type Word } from "#kernel";
import type { Region } from "#policy";
import { openAuditStore, openNotaryStore, postgres, sqliteRestorePlace } from "#store";

import { addressesOf } from "../addresses.ts";
import { openNotaryAt, openOnServer, urlsOf } from "../open-place.ts";
import {
  foldersOf,
  isOnFiles,
  openUnlocked,
  rootOf,
  type CopiedStores,
  type RootPlace,
} from "../stores.ts";

/** What a region's databases stand on, as a restore works with it: past its own lock. */
export interface Ground {
  readonly target: SnapshotTarget;
  readonly root: RootPlace;
  /** @throws {OubliError} `ROOT_MISSING` where there is none: one made anew would sign anything. */
  openNotary(): Promise<NotaryStore>;
  /** The audit database that is in its place; `null`: there is none. */
  openAudit(): Promise<AuditStore | null>;
  openStores(): Promise<CopiedStores>;
}

export interface GroundOptions {
  readonly region: Word;
  readonly clock: Clock;
  /** An administrator's address on a server; `null`: the store's own is one. */
  readonly admin: string | null;
}

export function groundOf(found: Region, options: GroundOptions): Ground {
  return isOnFiles(found.store)
    ? onFiles({ store: found.store, root: found.root }, options)
    : onServer(found, options);
}

function onFiles(
  place: { readonly store: string; readonly root: string | null },
  { region, clock }: GroundOptions,
): Ground {
  const folders = foldersOf(place);
  const audit = join(folders.data, "audit.db");
  return {
    target: sqliteRestorePlace(folders.data),
    root: folders,
    openNotary: async () => openNotaryFile(folders, region),
    openAudit: async () => (existsSync(audit) ? openAuditStore(audit) : null),
    openStores: async () => openUnlocked(folders, region, clock),
  };
}

function onServer(
  { store, root, accessLogs }: Region,
  { region, clock, admin }: GroundOptions,
): Ground {
  const urls = urlsOf(store);
  const folders = rootOf({ store, root });
  const at = (url: string) => ({ url, region, restore: "placed" as const });
  const addresses = Object.fromEntries(
    addressesOf(store, admin).map((one) => [one.schema.name, one]),
  ) as unknown as postgres.RestoreAddresses;
  return {
    target: postgres.postgresRestorePlace(region, addresses),
    root: folders,
    openNotary: async () =>
      urls.notary === undefined
        ? openNotaryFile(folders, region)
        : openNotaryAt({ url: urls.notary, region }, true),
    openAudit: () => postgres.openAuditStore(at(urls.audit)),
    openStores: () =>
      openOnServer({ store, accessLogs }, folders, { region, clock, restore: "placed" }),
  };
}

function openNotaryFile({ root }: RootPlace, region: Word): NotaryStore {
  const path = join(root, `${region}.notary.db`);
  if (!existsSync(path)) throw new OubliError("ROOT_MISSING", { region });
  return openNotaryStore(path);
}
