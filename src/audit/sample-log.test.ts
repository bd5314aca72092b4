/** A log over real SQLite files in a folder of its own, for the tests of this room. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { randomIds, word, type EpochMs, type SubjectId } from "#kernel";

import { openAuditStore } from "../store/sqlite/audit-store.ts";
import { openNotaryStore } from "../store/sqlite/notary-store.ts";
import type { AuditStore } from "./audit-store.ts";
import { sealEntry, type Draft } from "./entry.ts";
import { openAuditLog, type AuditLog } from "./log.ts";
import { openNotary, type Notary } from "./notary.ts";

export const NOW = 1_800_000_000_000 as EpochMs;
export const ada = randomIds.next("subject");
export const ben = randomIds.next("subject");

export const place = { tenant: word("acme"), region: word("eu") };
export const app = { kind: "app", id: word("app"), roles: [] } as const;

export function draft(
  t: Draft["t"] = "retrieve",
  { subject = ada, facts = {} }: { subject?: SubjectId | null; facts?: Draft["facts"] } = {},
): Draft {
  return { t, ...place, actor: app, subject, facts };
}

/** A clock that stands where the test puts it. */
export function clockAt(start: number = NOW) {
  const clock = { time: start, now: () => clock.time as EpochMs };
  return clock;
}

export const sealed = (of: Draft = draft()) => sealEntry(of, { clock: clockAt(), ids: randomIds });

export function tempFolder() {
  const path = mkdtempSync(join(tmpdir(), "oubli-log-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface SampleLog extends AsyncDisposable {
  readonly folder: string;
  readonly file: string;
  readonly clock: ReturnType<typeof clockAt>;
  readonly store: AuditStore;
  readonly notary: Notary;
  readonly log: AuditLog;
  /** Appends `count` retrievals. */
  fill(count: number): Promise<void>;
}

/** Opens the log of a folder; a store may be put between the log and the file. */
export async function openSample(
  folder: string,
  between: (store: AuditStore) => AuditStore = (store) => store,
): Promise<SampleLog> {
  const file = join(folder, "audit.db");
  const clock = clockAt();
  const store = openAuditStore(file);
  const notaryStore = openNotaryStore(join(folder, "notary.db"));
  const notary = await openNotary(notaryStore, "eu");
  const close = () => Promise.all([store.close(), notaryStore.close()]);
  try {
    const log = await openAuditLog({ store: between(store), notary, clock, ids: randomIds });
    return {
      folder,
      file,
      clock,
      store,
      notary,
      log,
      async fill(count) {
        await Promise.all(Array.from({ length: count }, () => log.record(draft())));
      },
      async [Symbol.asyncDispose]() {
        await log.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Does what someone with the file and without scruples would do: drops the triggers first. */
export function tamper(file: string, statements: string): void {
  const sql = new DatabaseSync(file);
  const triggers = sql.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all();
  for (const { name } of triggers) sql.exec(`DROP TRIGGER ${String(name)}`);
  sql.exec(statements);
  sql.close();
}
