import {
  sealEntry,
  type AuditStore,
  type Checkpoint,
  type Loggable,
  type LogName,
  type Notary,
  type NotaryStore,
} from "#audit";
import { ALL_TENANTS, type Actor, type BackupId, type Clock, type Ids, type Word } from "#kernel";

export interface Fork {
  readonly region: Word;
  readonly actor: Actor;
  readonly reason: Word;
  readonly backup: BackupId;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Where one history ended for the log, and how much longer the notary had seen it. */
export interface ForkedLog {
  readonly log: LogName;
  /** Entries of it that the new history begins with. */
  readonly kept: number;
  /** Entries that were signed; those between are lost. */
  readonly signed: number;
}

/**
 * Writes into the staged ledger that its history is given up from here on, and what was signed of
 * it. The entry is the first of the new history that anybody signs, so nobody who checks a proof
 * under the new name can be unaware of it.
 */
export async function recordFork(
  store: AuditStore,
  notary: Notary,
  { region, actor, reason, backup, clock, ids }: Fork,
): Promise<readonly ForkedLog[]> {
  const logs: ForkedLog[] = [];
  const facts: { [key: string]: Loggable }[] = [];
  for (const log of store.logs) {
    const last = await lastSigned(notary, log);
    const { size } = await store.head(log);
    logs.push({ log, kept: size, signed: last?.size ?? 0 });
    facts.push({
      log: log as string as Word,
      kept: size,
      signed: last?.size ?? 0,
      root: last && rootWord(last.root),
    });
  }
  const draft = {
    t: "fork",
    tenant: ALL_TENANTS,
    region,
    actor,
    subject: null,
    facts: { reason, backup, logs: facts },
  } as const;
  const entries = [sealEntry(draft, { clock, ids })];
  await store.append([{ log: "ledger", entries, check: null, effects: [] }], clock.now());
  return logs;
}

/** The name of each log. */
export type Origins = Readonly<Record<string, string>>;

export function originsOf(notary: Notary): Origins {
  return Object.fromEntries(notary.logs.map((log) => [log, notary.origin(log)]));
}

/** Lets the notary begin a new origin for each log that still has `given` for one. */
export async function forkNotary(
  store: NotaryStore,
  notary: Notary,
  given: Origins,
): Promise<void> {
  for (const log of notary.logs) {
    const last = notary.origin(log) === given[log] ? await store.last(log) : null;
    if (last) await store.fork(log, last.size);
  }
}

/** Of the present origin, or, where a fork was begun before and nothing signed since, the last. */
async function lastSigned(notary: Notary, log: LogName): Promise<Checkpoint | null> {
  return (await notary.last(log)) ?? (await notary.forked(log)).at(-1) ?? null;
}

function rootWord(root: Uint8Array): Word {
  return Buffer.from(root).toString("base64") as string as Word;
}
