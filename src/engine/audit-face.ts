import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { OubliError } from "#kernel";
import { checkLogs, LOG_NAMES, tileFiles, type LogCheck, type LogName } from "#audit";

import { check, shapes } from "./input/index.ts";
import { folderError } from "./stores.ts";
import type { EngineWorld } from "./world.ts";

/** What an auditor asks of the log. */
export interface AuditFace {
  /** What others need to check this log's signatures. Give it to them by another way. */
  verifierKey(log: LogName): string;
  /** Recomputes every hash and compares: the log's fsck. */
  check(onProgress?: (entries: number) => void): Promise<readonly LogCheck[]>;
  /**
   * Writes both logs as tlog-tiles folders, each with its verifier key in `verifier-key`.
   *
   * @returns how many files were written.
   */
  export(folder: string): Promise<number>;
  /** The proof that a log holds an entry, in the tlog-proof format. */
  prove(log: LogName, index: number): Promise<string>;
  /** An entry's exact bytes; `null` when it is pruned or not there. */
  entry(log: LogName, index: number): Promise<Uint8Array | null>;
}

export function auditFace({ audit }: EngineWorld): AuditFace {
  return {
    verifierKey: (log) => audit.notary.verifierKey(check(shapes.log, log, "log")),
    async check(onProgress) {
      check(shapes.callback.optional(), onProgress, "onProgress");
      return checkLogs(audit.store, audit.notary, onProgress);
    },
    async prove(log, index) {
      const place = placeOf(log, index);
      const { size } = await audit.store.head(place.log);
      if (place.index >= size) throw new OubliError("NOT_FOUND");
      return audit.prove(place);
    },
    async entry(log, index) {
      const place = placeOf(log, index);
      const [found] = await audit.store.entries(place.log, { from: place.index, limit: 1 });
      return found?.index === place.index ? found.bytes : null;
    },
    async export(path) {
      const folder = check(shapes.path, path, "folder");
      await audit.checkpoints.publish();
      let files = 0;
      for (const log of LOG_NAMES) {
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

function placeOf(log: LogName, index: number) {
  return { log: check(shapes.log, log, "log"), index: check(shapes.logIndex, index, "index") };
}

/** @throws {OubliError} `STORE_READ_ONLY`, `STORE_FULL`, `STORE_UNAVAILABLE`. */
async function write(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  } catch (error) {
    throw folderError(error);
  }
}
