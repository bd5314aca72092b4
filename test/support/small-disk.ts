/** A disk of a few megabytes, which a test can fill. */
import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, rmdirSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk extends Disposable {
  readonly folder: string;
  /** Leaves no room at all. */
  fill(): void;
  /** Makes room again. */
  free(): void;
}

/** Why there can be none here; `null`: there can. */
export function whyNoSmallDisk(): string | null {
  if (process.getuid?.() !== 0) return "only root mounts a file system";
  try {
    using disk = smallDisk(1);
    return disk.folder === "" ? "no folder" : null;
  } catch {
    return "this machine does not let one be mounted";
  }
}

export function smallDisk(megabytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "oubli-disk-"));
  const mount = ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder];
  try {
    execFileSync("mount", mount, { stdio: "ignore" });
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
  // The server runs as another user.
  chmodSync(folder, 0o777);
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill() {
      const file = openSync(ballast, "a");
      try {
        for (const size of [1024 * 1024, 4096]) {
          const chunk = Buffer.alloc(size);
          try {
            for (;;) if (writeSync(file, chunk) < size) break;
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
          }
        }
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]() {
      execFileSync("umount", ["-l", folder], { stdio: "ignore" });
      rmdirSync(folder);
    },
  };
}
