import { addressesOf, isOnFiles } from "#engine";
import { isOubliError } from "#kernel";
import type { Region } from "#policy";
import { postgres } from "#store";

import { CliError } from "./cli-error.ts";

export interface DistributeRegion {
  readonly region: string;
  /** `null`: the store's own addresses are an administrator's. */
  readonly admin: string | null;
  readonly dryRun: boolean;
}

/** Spreads the schemas of one region over the nodes of a cluster, those that can be. */
export async function distributeRegion(
  store: Region["store"],
  { region, admin, dryRun }: DistributeRegion,
): Promise<readonly postgres.Distributed[]> {
  if (isOnFiles(store)) {
    throw new CliError("USAGE", "this store is files, which stay on one machine; see --store");
  }
  const done: postgres.Distributed[] = [];
  for (const { schema, adminUrl: url } of addressesOf(store, admin)) {
    const spread = postgres.distribute({ url, region, schemas: [schema], dryRun });
    done.push(...(await spread.catch(sayWhatToInstall)));
  }
  return done;
}

function sayWhatToInstall(error: unknown): never {
  if (!isOubliError(error, "CONFIG_INVALID") || error.details["field"] !== "store.citus")
    throw error;
  throw new CliError(
    "USAGE",
    `this database has no Citus ${String(error.details["min"])} or newer: install it on every ` +
      "node (docs.citusdata.com), name it first in shared_preload_libraries, and run " +
      "CREATE EXTENSION citus",
  );
}
