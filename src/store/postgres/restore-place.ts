import { DATABASES, type DatabaseName, type SnapshotTarget, type StagedStores } from "#backup";
import { isOubliError, word } from "#kernel";

import { openAuditStore } from "./audit-store.ts";
import type { Client } from "./client.ts";
import { openKeyStore } from "./key-store.ts";
import { openMemoryStore } from "./memory-store.ts";
import { migrateSchema } from "./migrate.ts";
import { lockName, renumber, stagedName } from "./restore-lock.ts";
import {
  asAdmin,
  drop,
  exists,
  lock,
  putInPlace,
  readNote,
  refuseUnmade,
  refuseUsed,
  stage,
  type StagedSchema,
} from "./restore-steps.ts";
import { quoteName, schemaName } from "./schema.ts";
import { spreadStaged, type Staging } from "./snapshot-loader.ts";
import { COPIED } from "./snapshot.ts";

/** Where one database is. */
export interface RestoreAddress {
  /** The application's: what was staged is opened with its rights. */
  readonly url: string;
  /** An administrator's, who owns the schemas. */
  readonly adminUrl: string;
}

export type RestoreAddresses = Readonly<Record<DatabaseName, RestoreAddress>>;

/** Audit's lock is made first and goes last: it is what says where a restore stands. */
const AUDIT_FIRST = ["audit", "keys", "memory"] as const;

/**
 * A region's schemas, as the place that a backup is restored to. Each is staged as a schema beside
 * the one that it becomes, and takes its name, at once with the old one's end.
 *
 * Limits: what an administrator set for a table (its vacuum, its tablespace) ends with the table.
 */
export function postgresRestorePlace(region: string, addresses: RestoreAddresses): SnapshotTarget {
  const to: To = { region, addresses, stagings: stagingsOf(region), staged: new Map() };
  const on = onDatabase(addresses);
  return {
    engine: word("postgres"),
    state: () => stateOf(to),
    async stage(name, bytes) {
      to.staged.set(name, await on(name, (client) => stage(client, to.stagings[name], bytes)));
    },
    open: () => openStaged(to),
    async lowerApplied(ledgerIndex) {
      for (const name of (["memory", "keys"] as const).filter((each) => to.staged.has(each))) {
        const table = `${quoteName(to.stagings[name].name)}.applied`;
        const text = `UPDATE ${table} SET ledger_index = $1 WHERE ledger_index > $1`;
        await on(name, (client) => client.query(text, [ledgerIndex]));
      }
    },
    commit: (note) => commit(to, note),
    placed: () => on("audit", (client) => readNote(client, lockOf(to, "audit"))),
    unlock: () => unlock(to),
    async discard() {
      to.staged.clear();
      for (const name of DATABASES)
        await on(name, (client) => drop(client, to.stagings[name].name));
    },
  };
}

interface To {
  readonly region: string;
  readonly addresses: RestoreAddresses;
  readonly stagings: Readonly<Record<DatabaseName, Staging>>;
  readonly staged: Map<DatabaseName, StagedSchema>;
}

function stagingsOf(region: string): To["stagings"] {
  const stagings = DATABASES.map((database) => {
    const role = schemaName(region, COPIED[database]);
    return [database, { name: stagedName(role), role, schema: COPIED[database] }] as const;
  });
  return Object.fromEntries(stagings) as unknown as To["stagings"];
}

type On = <T>(name: DatabaseName, work: (client: Client) => Promise<T>) => Promise<T>;

const onDatabase =
  (addresses: RestoreAddresses): On =>
  (name, work) =>
    asAdmin(addresses[name].adminUrl, work);

const lockOf = ({ stagings }: To, name: DatabaseName): string => lockName(stagings[name].role);

async function stateOf(to: To): Promise<"empty" | "occupied" | "locked"> {
  const on = onDatabase(to.addresses);
  if (await on("audit", (client) => exists(client, lockOf(to, "audit")))) return "locked";
  for (const name of DATABASES) await on(name, (client) => refuseUnmade(client, to.stagings[name]));
  const none = (name: DatabaseName, text: string): Promise<boolean> =>
    on(name, async (client) => ((await client.query(text)).rows as { none: boolean }[])[0]!.none);
  const [audit, keys] = [quoteName(to.stagings.audit.role), quoteName(to.stagings.keys.role)];
  // What an opening makes in a place whose store was lost, before the notary stops it, is nothing.
  const entries = `SELECT coalesce(sum(size), 0) = 0 AS none FROM ${audit}.audit_head`;
  const epochs = `SELECT count(*) = 0 AS none FROM ${keys}.epoch_key`;
  return (await none("audit", entries)) && (await none("keys", epochs)) ? "empty" : "occupied";
}

async function openStaged({ region, addresses, stagings, staged }: To): Promise<StagedStores> {
  for (const [name, { failure, onNodes }] of staged) {
    if (failure !== null) throw failure;
    await onDatabase(addresses)(name, async (client) => {
      const change = async (text: string): Promise<void> => void (await client.query(text));
      await migrateSchema(client, change, stagings[name]);
      if (onNodes) await spreadStaged(client, stagings[name]);
    });
  }
  await using opened = new AsyncDisposableStack();
  const at = (name: DatabaseName) => {
    return { url: addresses[name].url, region, restore: "staged" as const };
  };
  const opening = async <S extends { close(): Promise<void> }>(
    name: DatabaseName,
    open: (place: ReturnType<typeof at>) => Promise<S>,
  ): Promise<S | null> =>
    staged.has(name) ? opened.adopt(await open(at(name)), (one) => one.close()) : null;
  const stores = {
    memory: await opening("memory", openMemoryStore),
    keys: await opening("keys", openKeyStore),
    audit: await opening("audit", openAuditStore),
  };
  opened.move();
  return stores;
}

/** Until the first schema was exchanged, a failure leaves the place as it was. */
async function commit(to: To, note: string): Promise<void> {
  const { stagings, staged } = to;
  const on = onDatabase(to.addresses);
  const refuseAllUsed = async (): Promise<void> => {
    for (const name of AUDIT_FIRST) {
      await on(name, (client) => refuseUsed(client, stagings[name].role));
    }
  };
  await refuseAllUsed();
  let changed = await on("audit", (client) => exists(client, lockOf(to, "audit")));
  for (const name of AUDIT_FIRST) await on(name, (client) => lock(client, stagings[name].role));
  try {
    await refuseAllUsed();
    for (const [name, { number }] of staged) {
      await on(name, (client) => putInPlace(client, stagings[name], number));
      changed = true;
    }
    for (const name of DATABASES.filter((each) => !staged.has(each))) {
      await on(name, (client) => client.query(renumber(stagings[name].role)));
    }
  } catch (error) {
    // Where the connection was lost nobody knows whether it was exchanged.
    if (!changed && !isOubliError(error, "STORE_UNAVAILABLE")) await unlock(to);
    throw error;
  }
  const text = `INSERT INTO ${quoteName(lockOf(to, "audit"))}.note VALUES ($1)`;
  await on("audit", (client) => client.query(text, [note]));
  staged.clear();
}

async function unlock(to: To): Promise<void> {
  for (const name of AUDIT_FIRST.toReversed()) {
    await onDatabase(to.addresses)(name, (client) => drop(client, lockOf(to, name)));
  }
}
