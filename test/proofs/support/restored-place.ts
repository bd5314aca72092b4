import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { openOubli, openStores, openWith, type Stores, type Subject } from "#engine";
import { isOubliError, type EpochMs } from "#kernel";
import { defineConfig } from "#policy";

import { interceptStores, type Around } from "./intercepted-stores.ts";

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

type Name = "memory" | "keys" | "audit";

/** An Oubli on files that a test may copy away and put back. */
export async function openPlace() {
  const folder = mkdtempSync(join(tmpdir(), "oubli-resurrection-"));
  const folders = { data: join(folder, "data"), root: join(folder, "root") };
  const regions = {
    eu: { jurisdictions: ["*"], store: `sqlite:${folders.data}`, root: folders.root },
  };
  const config = defineConfig({ purposes, regions });
  let now = Date.UTC(2026, 0, 1);
  const clock = { now: () => now as EpochMs };
  const open = () => openOubli(config, { sweep: "manual", clock });
  const file = (name: Name): string => join(folders.data, `${name}.db`);
  const rows = (name: Name, text: string) => {
    using database = new DatabaseSync(file(name), { readOnly: true });
    return database.prepare(text).all();
  };
  // Their files are let go of here: a process that died in a test closes nothing.
  const through: Stores[] = [];
  let copies = 0;
  let current = await open();

  const place = {
    /** Of the moment: it is another one after a restart. */
    get oubli() {
      return current;
    },
    file,
    open,
    close: () => current.close(),
    /** Opens a process whose every call of a store passes `around`. */
    openThrough(around: Around) {
      const stores = openStores(folders, "eu", clock);
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
    /** A backup of the three databases, as SQLite makes one of a file in use. */
    async copy() {
      const to = join(folder, `backup-${(copies += 1)}-`);
      for (const name of ["memory", "keys", "audit"] as const) {
        rows(name, "SELECT 1");
        using database = new DatabaseSync(file(name));
        database.exec(`VACUUM INTO '${to}${name}.db'`);
      }
      return to;
    },
    async restore(names: readonly Name[], from = join(folder, "backup-1-")) {
      await current.close();
      for (const { audit, keys, memory } of through.splice(0)) {
        await Promise.all([audit.close(), keys.close(), memory.close()]);
      }
      for (const name of names) {
        for (const end of ["-wal", "-shm"]) rmSync(`${file(name)}${end}`, { force: true });
        copyFileSync(`${from}${name}.db`, file(name));
      }
    },
    sql(name: Name, text: string) {
      using database = new DatabaseSync(file(name));
      database.exec(text);
    },
    count: (name: Name, from: string): number =>
      Number(rows(name, `SELECT count(*) AS count FROM ${from}`)[0]!["count"]),
    ids: (table: string, name: Name = "memory") => {
      const column = table === "derivation" ? "derived_id" : "node_id";
      return rows(name, `SELECT ${column} AS id FROM ${table}`).map(({ id }) => String(id));
    },
    sealed: () =>
      rows("memory", "SELECT node_id AS id, sealed FROM body").map(({ id, sealed }) => ({
        id: String(id),
        bytes: Buffer.from(sealed as Uint8Array),
      })),
    /** A database's whole bytes, its log included. */
    bytes(name: Name): Buffer {
      const parts = ["", "-wal"].map((end) => {
        try {
          return readFileSync(`${file(name)}${end}`);
        } catch {
          return Buffer.alloc(0);
        }
      });
      return Buffer.concat(parts);
    },
    async [Symbol.asyncDispose]() {
      await current.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return place;
}
