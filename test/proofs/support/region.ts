import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  closeStores,
  openStores,
  openWith,
  type OpenOptions,
  type Oubli,
  type Stores,
} from "#engine";
import { DAY_MS, HOUR_MS, SECOND_MS, type EpochMs } from "#kernel";
import { memoryRootProvider } from "#keys";
import { defineConfig } from "#policy";
import { openAuditStore, openKeyStore, openMemoryStore, openNotaryStore } from "#store";

import { interceptStores, type Around } from "./intercepted-stores.ts";

export const REGION = "eu";

/** Memories rest on a contract under `support`, and on consent under `mood`. */
export const CONFIG = defineConfig({
  regions: { [REGION]: { jurisdictions: ["*"], store: "sqlite:./unused" } },
  purposes: {
    support: { basis: "contract", categories: ["preference"], retention: "P2Y", maxNodes: 100 },
    mood: { basis: "consent", categories: ["preference"], retention: "P2Y", maxNodes: 100 },
  },
});

export type Purpose = "support" | "mood";

export const OFFICER = {
  kind: "staff",
  id: "officer",
  roles: ["privacy-officer"],
} as const satisfies Parameters<Oubli["as"]>[0];

/** When nobody who died can still hold a lease. */
export const LEASES_OVER_MS = 61 * SECOND_MS;

export interface MovableClock {
  now(): EpochMs;
  advance(ms: number): void;
}

/** Stands still until it is moved. */
export function movableClock(start = Date.UTC(2026, 0, 1)): MovableClock {
  let now = start;
  return {
    now: () => now as EpochMs,
    advance(ms) {
      now += ms;
    },
  };
}

/** Something that was opened, over the stores that a process would have opened. */
export interface Process {
  readonly oubli: Oubli;
  readonly stores: Stores;
}

export interface ProcessOptions extends Pick<
  OpenOptions,
  "derivers" | "embedder" | "packages" | "retention" | "sources" | "tenant"
> {
  readonly around?: Around;
}

const straight: Around = (_, go) => go();

/** One store that several processes share, in memory: what they do is told apart by a test. */
export function memoryRegion(): {
  readonly clock: MovableClock;
  open(options?: ProcessOptions): Promise<Process>;
} {
  const clock = movableClock();
  const audit = openAuditStore(":memory:");
  const stores = {
    audit,
    cases: audit.cases,
    tallies: audit.tallies,
    keys: openKeyStore(":memory:"),
    memory: openMemoryStore(":memory:"),
    notary: openNotaryStore(":memory:"),
    root: memoryRootProvider({ clock }),
  };
  return {
    clock,
    open: (options = {}) => openProcess(stores, clock, options),
  };
}

/** Opens an Oubli over stores that stay open when it is closed. */
export async function openProcess(
  stores: Stores,
  clock: { now(): EpochMs },
  { around = straight, ...options }: ProcessOptions = {},
): Promise<Process> {
  const seen = interceptStores(stores, around);
  const oubli = await openWith(seen, CONFIG, REGION, false, { ...options, clock, sweep: "manual" });
  return { oubli, stores };
}

export function openFolder(folder: string, clock: { now(): EpochMs }): Stores {
  return openStores({ data: join(folder, "data"), root: join(folder, "root") }, REGION, clock);
}

export { closeStores };

/** Far enough on for every lease, queue and orphan to be over. */
export const SETTLED_MS = DAY_MS + HOUR_MS;

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "oubli-proof-"));
}

export function copyFolder(from: string): string {
  const to = newFolder();
  cpSync(from, to, { recursive: true });
  return to;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
