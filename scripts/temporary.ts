import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { THOROUGH } from "../test/proofs/support/thorough.ts";

const IN_MEMORY = "/dev/shm";
const FREE_BYTES_MIN = 3 * 1024 ** 3;

/**
 * A folder for all that tests make; it goes with this process. Where there is room it lies in
 * memory, which outlives a killed process as a disk does: waiting for a disk is half the time of
 * many a proof, and what only a disk shows, a loss of power, no test can. The long proofs have
 * the disk.
 */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(roomInMemory() ? IN_MEMORY : tmpdir(), "oubli-tests-"));
  chmodSync(folder, 0o711); // PostgreSQL is started as another user.
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function roomInMemory(): boolean {
  if (process.env["TMPDIR"] !== undefined || THOROUGH || !existsSync(IN_MEMORY)) return false;
  const { bavail, bsize } = statfsSync(IN_MEMORY);
  return Math.min(bavail * bsize, process.availableMemory()) >= FREE_BYTES_MIN;
}
