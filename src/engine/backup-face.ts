import type { Writable } from "node:stream";

import type { OutstandingBackups } from "#audit";
import {
  endBackup,
  folderWriter,
  keepNewest,
  listBackups,
  makeBackup,
  tarWriter,
  type MadeBackup,
} from "#backup";
import { DAY_MS, later, type Acting, type Word } from "#kernel";

import { check, inputError, shapes } from "./input/index.ts";
import { OPERATORS, refuseUnless } from "./oversight.ts";
import type { EngineWorld } from "./world.ts";
import { writeTo } from "./write-to.ts";

export interface BackupOptions {
  /** The keys alone, for a backup every minute: see docs/how-to/back-up.md. Default: `false`. */
  readonly keysOnly?: boolean | undefined;
  /** When it will have been destroyed. Default: in 30 days; of keys alone, in 7. */
  readonly ends?: Date | number | undefined;
  /** Where the target lies. Default: in the store's own region. */
  readonly region?: string | undefined;
  /**
   * How many of its kind stay in the folder: older ones are destroyed, and the ledger says so.
   * Default: all.
   */
  readonly keep?: number | undefined;
  /** Told how many bytes were written. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

export interface BackupFace {
  backup(to: string | Writable, options?: BackupOptions): Promise<MadeBackup>;
  backups(): Promise<OutstandingBackups>;
  endBackup(backup: string): Promise<void>;
}

const FULL_DAYS = 30;
const KEYS_DAYS = 7;

export function backupFace(world: EngineWorld, who: Acting): BackupFace {
  const { actor } = who;
  return {
    async backup(to, options = {}) {
      const folder = typeof to === "string" ? check(shapes.path, to, "to") : null;
      if (folder === null) check(shapes.sink, to, "to", { depth: 0 });
      const { keysOnly, region, onProgress, ends, keep } = check(shapes.backup, options, "options");
      const now = world.clock.now();
      if (ends !== undefined && ends <= now) {
        throw inputError(["options", "ends"], options.ends, "a time to come");
      }
      await refuseUnless(world, who, "backup", OPERATORS);
      const call = {
        actor,
        scope: keysOnly ? ("keys" as const) : ("full" as const),
        endsAt: ends ?? later(now, (keysOnly ? KEYS_DAYS : FULL_DAYS) * DAY_MS),
        region: (region as Word | undefined) ?? world.region,
        onProgress: (onProgress as BackupOptions["onProgress"]) ?? (() => {}),
      };
      if (folder === null) {
        if (keep !== undefined)
          throw inputError(["options", "keep"], keep, "nothing, for a stream");
        const made = await makeBackup(
          world,
          async () => tarWriter({ write: (bytes) => writeTo(to as Writable, bytes) }),
          call,
        );
        return { ...made, ended: [] };
      }
      const made = await makeBackup(world, (id) => folderWriter(folder, id), call);
      const kept = { actor, folder, scope: call.scope, newest: keep ?? Infinity };
      return { ...made, ended: await keepNewest(world, kept) };
    },
    backups: () => listBackups(world),
    async endBackup(backup) {
      const id = check(shapes.backupId, backup, "backup");
      await refuseUnless(world, who, "backup-end", OPERATORS);
      return endBackup(world, { actor }, id);
    },
  };
}
