import type { Stores, Subject } from "#engine";
import { openOubli, openPlace as openStoresAt, openWith } from "#engine";
import { isOubliError, type EpochMs } from "#kernel";
import { defineConfig } from "#policy";

import type { Engine } from "./ground.ts";
import { interceptStores, type Around } from "./intercepted-stores.ts";
import { newFolder, removeFolder } from "./region.ts";
import { restoredMedium, type Name } from "./restored-medium.ts";

export const USE = { purpose: "support" } as const;

const purposes = {
  support: { basis: "contract", categories: ["preference"], retention: "P50Y" },
} as const;

/** Tells events in one call. */
export async function tell(person: Subject, events: readonly string[]) {
  const messages = events.map((event) => ({
    role: "user" as const,
    content: `what event ${event} said`,
    source: { system: "queue", event },
  }));
  return (await person.session(USE).remember(messages)).nodes;
}

/** Tells events one by one; answers how many were taken. */
export async function accepted(person: Subject, events: readonly string[]): Promise<number> {
  const chat = person.session(USE);
  let taken = 0;
  const told = events.map(async (event) => {
    try {
      await chat.remember(`event ${event}`, { source: { system: "queue", event } });
      taken += 1;
    } catch (error) {
      if (!isOubliError(error, "REPLAY_OF_ERASED")) throw error;
    }
  });
  await Promise.all(told);
  return taken;
}

/** An Oubli whose databases a test may copy away and put back, past it. */
export async function openPlace(engine: Engine = "sqlite") {
  const folder = newFolder();
  const medium = await restoredMedium(engine, folder);
  const { store } = medium;
  const root = `${folder}/root`;
  const config = defineConfig({ purposes, regions: { eu: { jurisdictions: ["*"], store, root } } });
  let now = Date.UTC(2026, 0, 1);
  const clock = { now: () => now as EpochMs };
  const open = () => openOubli(config, { sweep: "manual", clock, connectionsMax: 4 });
  // Their files are let go of here: a process that died in a test closes nothing.
  const through: Stores[] = [];
  let current = await open();

  return {
    /** Of the moment: it is another one after a restart. */
    get oubli() {
      return current;
    },
    open,
    close: () => current.close(),
    /** Opens a process whose every call of a store passes `around`. */
    async openThrough(around: Around) {
      const where = { region: "eu", clock, connectionsMax: 4 };
      const stores = await openStoresAt({ store, root }, where);
      through.push(stores);
      const options = { clock, sweep: "manual" } as const;
      return openWith(interceptStores(stores, around), config, "eu", false, options);
    },
    advance(ms: number) {
      now += ms;
    },
    async restart() {
      await current.close();
      current = await open();
    },
    /** A backup of the three databases, as an operator makes one of a store in use. */
    copy: medium.copy,
    async restore(names: readonly Name[], from?: string) {
      await current.close();
      for (const { audit, keys, memory } of through.splice(0)) {
        await Promise.all([audit.close(), keys.close(), memory.close()]);
      }
      await medium.putBack(names, from);
    },
    lose: medium.lose,
    sql: medium.sql,
    /** Refuses every removal of a memory from now on, or no longer. */
    stick: medium.stick,
    async count(name: Name, from: string): Promise<number> {
      return Number(
        (await medium.rows(name, `SELECT count(*) AS count FROM ${from}`))[0]!["count"],
      );
    },
    async ids(table: string, name: Name = "memory"): Promise<readonly string[]> {
      const column = table === "derivation" ? "derived_id" : "node_id";
      const rows = await medium.rows(name, `SELECT ${column} AS id FROM ${table}`);
      return rows.map(({ id }) => String(id));
    },
    /** Where ids of memories stand. */
    tables: medium.tables,
    sealed: medium.sealed,
    bytes: medium.bytes,
    compact: medium.compact,
    async [Symbol.asyncDispose]() {
      await current.close();
      await medium[Symbol.asyncDispose]();
      removeFolder(folder);
    },
  };
}
