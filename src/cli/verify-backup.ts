import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { verifyManifest, type BackupFile } from "#verify";

import { EXIT, type Answer } from "./command.ts";
import { count, day, entries } from "./table.ts";

/** Checks a backup's folder: the manifest's signature, and each file against it. */
export async function verifyBackup(folder: string, key: string): Promise<Answer> {
  const note = await readFile(join(folder, "manifest.note"), "utf8");
  const result = await verifyManifest(note, key);
  if (!result.valid) return refused(result.reason);
  const { manifest } = result;
  for (const file of manifest.files) {
    if (!(await isWhole(folder, file))) return refused(`file-differs: ${file.name}`);
  }
  const { backup, scope, region, origin, logs, endsAt, files } = manifest;
  const ledger = logs.find(({ log }) => log === "ledger")?.size ?? 0;
  return {
    json: { valid: true, ...manifest, logs: logs.map(({ log, size }) => ({ log, size })) },
    text: [
      `Valid: ${backup}, of ${origin} at ${entries(ledger)}.`,
      `  ${scope === "keys" ? "keys alone" : count(files.length, "database")} of ${region}, ` +
        `to be destroyed by ${day(endsAt)}`,
    ],
  };
}

async function isWhole(folder: string, { name, size, sha256 }: BackupFile): Promise<boolean> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(join(folder, name))) {
      bytes += (chunk as Buffer).length;
      hash.update(chunk as Buffer);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  return bytes === size && hash.digest("hex") === sha256;
}

function refused(reason: string): Answer {
  return { json: { valid: false, reason }, text: [`NOT VALID: ${reason}`], exit: EXIT.failed };
}
