import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { OubliError, type Acting } from "#kernel";
import {
  checkLogs,
  readEntry,
  tileFiles,
  type LogCheck,
  type LogFault,
  type LogName,
} from "#audit";

import { check, shapes } from "./input/index.ts";
import { has, OVERSEERS, refuseUnless } from "./oversight.ts";
import { folderError } from "./stores.ts";
import type { EngineWorld } from "./world.ts";

/**
 * What is asked of the log. It is one for all controllers of a region, and it says what was withheld
 * from whom: so its entries are for those who oversee. An `auditor` reads the whole region's, a
 * `privacy-officer` those of their own controller, and nobody else any. Whether the log is whole,
 * and that it holds an entry, everybody may know: that takes hashes and counts alone.
 *
 * @source GDPR Art. 5(2) (accountability), 32(1)(b) (confidentiality), 39(1)(b) (monitoring)
 */
export interface AuditFace {
  /** `access`, or several access logs, of which each person has one; and the `ledger`. */
  readonly logs: readonly LogName[];
  /** What others need to check this log's signatures. Give it to them by another way. */
  verifierKey(log: LogName): string;
  /**
   * Recomputes every hash, rebuilds what gates reads, and compares: the log's fsck. Whose rows differ
   * is told to an auditor.
   */
  check(onProgress?: (entries: number) => void): Promise<readonly LogCheck[]>;
  /**
   * Writes each log as a tlog-tiles folder, with its verifier key in `verifier-key`, for this
   * user of the machine alone. For an `auditor`: it is all that every controller's people did.
   *
   * @returns how many files were written.
   * @throws {OubliError} `POLICY_REFUSED`.
   */
  export(folder: string): Promise<number>;
  /** The proof that a log holds an entry, in the tlog-proof format. */
  prove(log: LogName, index: number): Promise<string>;
  /**
   * An entry's exact bytes; `null` when it is pruned, not there, or another controller's.
   *
   * @throws {OubliError} `POLICY_REFUSED` for whoever does not oversee.
   */
  entry(log: LogName, index: number): Promise<Uint8Array | null>;
}

export function auditFace(world: EngineWorld, who: Acting): AuditFace {
  const { audit } = world;
  const { actor, tenant } = who;
  const { logs } = audit.store;
  const placeOf = (log: LogName, index: number) => ({
    log: checkLog(logs, log),
    index: check(shapes.logIndex, index, "index"),
  });
  return {
    logs,
    verifierKey: (log) => audit.notary.verifierKey(checkLog(logs, log)),
    async check(onProgress) {
      check(shapes.callback.optional(), onProgress, "onProgress");
      const checks = await checkLogs(audit.store, audit.notary, onProgress);
      return has(actor, "auditor") ? checks : checks.map(withoutSubjects);
    },
    async prove(log, index) {
      const place = placeOf(log, index);
      const { size } = await audit.store.head(place.log);
      if (place.index >= size) throw new OubliError("NOT_FOUND");
      return audit.prove(place);
    },
    async entry(log, index) {
      const place = placeOf(log, index);
      await refuseUnless(world, who, "audit-entry", OVERSEERS);
      const [found] = await audit.store.entries(place.log, { from: place.index, limit: 1 });
      if (found?.index !== place.index || found.bytes === null) return null;
      const own = has(actor, "auditor") || readEntry(found.bytes).tenant === tenant;
      return own ? found.bytes : null;
    },
    async export(path) {
      const folder = check(shapes.path, path, "folder");
      await refuseUnless(world, who, "audit-export", ["auditor"]);
      await audit.checkpoints.publish();
      let files = 0;
      for (const log of logs) {
        const checkpoint = await audit.notary.last(log);
        if (!checkpoint) continue;
        const base = join(folder, log);
        await write(join(base, "verifier-key"), `${audit.notary.verifierKey(log)}\n`);
        for await (const { path, bytes } of tileFiles(audit.store, log, checkpoint)) {
          await write(join(base, path), bytes);
          files += 1;
        }
      }
      return files;
    },
  };
}

function withoutSubjects(one: LogCheck): LogCheck {
  const faults = one.faults.map(({ fault, index }) => ({ fault, index }) as LogFault);
  return { ...one, faults };
}

/** @throws {OubliError} `INPUT_INVALID` with the names of the logs. */
function checkLog(logs: readonly LogName[], given: LogName): LogName {
  return check(shapes.log(logs), given, "log");
}

/**
 * For this user alone, whatever the file was before; a folder that is there keeps its mode.
 *
 * @throws {OubliError} `STORE_READ_ONLY`, `STORE_FULL`, `STORE_UNAVAILABLE`.
 */
async function write(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, content, { mode: 0o600 });
    await chmod(path, 0o600);
  } catch (error) {
    throw folderError(error);
  }
}
