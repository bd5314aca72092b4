import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { refuseForks, type AuditStore, type Notary } from "#audit";
import { appendTail, recordFork, type ForkedLog, type TailSizes } from "#backup";
import {
  isOubliError,
  later,
  OubliError,
  type Actor,
  type BackupId,
  type Clock,
  type Ids,
  type Word,
} from "#kernel";

import type { RestoreOptions } from "./options.ts";
import type { TakenIn } from "./take-in.ts";

export interface LogsToPrepare {
  /** The staged audit database, or the one in its place, which stays. */
  readonly store: AuditStore;
  readonly isStaged: boolean;
  readonly notary: Notary;
  readonly staged: Pick<TakenIn, "backup" | "current" | "ledger">;
  readonly region: Word;
  readonly actor: Actor;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly policy: (digest: string) => string;
}

export interface Prepared {
  readonly tail: TailSizes;
  readonly forked: readonly ForkedLog[] | null;
}

const NO_TAIL: TailSizes = {};

/**
 * Makes the log that is restored the one that the notary signed, or gives up what is missing.
 *
 * @throws {OubliError} `LOG_FORKED` where something is missing, and nothing said of it.
 */
export async function prepareLogs(
  to: LogsToPrepare,
  { ledger, fork }: Pick<RestoreOptions, "ledger" | "fork">,
): Promise<Prepared> {
  const behind = await forkOf(to);
  if (behind === null) return { tail: NO_TAIL, forked: null };
  const missing = new OubliError("LOG_FORKED", { ...behind.details, restore: true });
  if (!to.isStaged) throw behind;
  if (ledger !== undefined) {
    const { store, notary, ids, clock, policy } = to;
    const now = clock.now();
    const lease = { holder: ids.next("lease"), now, until: later(now, -1) };
    const tail = await appendTail(store, notary, readFrom(ledger), { ids, lease, policy });
    await refuseForks(store, notary);
    return { tail, forked: null };
  }
  if (fork === undefined) throw missing;
  const reason = fork.reason as Word;
  const backup = to.staged.backup as BackupId;
  return {
    tail: NO_TAIL,
    forked: await recordFork(to.store, to.notary, { ...to, reason, backup }),
  };
}

/**
 * Whether the notary signed another log than this one. What an origin signed that was given up
 * since may still be a part of the present one: the tail shows it, or nothing does.
 */
async function forkOf({ store, notary, staged, isStaged }: LogsToPrepare) {
  try {
    await refuseForks(store, notary);
  } catch (error) {
    if (isOubliError(error, "LOG_FORKED")) return error;
    throw error;
  }
  if (!isStaged || staged.current) return null;
  return new OubliError("LOG_FORKED", { found: staged.ledger });
}

function readFrom(folder: string): (path: string) => Promise<Uint8Array | null> {
  return async (path) => {
    try {
      return await readFile(join(folder, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw new OubliError("STORE_UNAVAILABLE", {}, error);
    }
  };
}
