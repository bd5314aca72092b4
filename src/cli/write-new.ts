import { writeFile } from "node:fs/promises";
import { join, parse, resolve } from "node:path";

import { CliError } from "./cli-error.ts";

/**
 * Writes a file that only this user may read, and never replaces one.
 *
 * @throws {CliError} `FILE`
 */
export async function writeNew(folder: string, path: string, text: string): Promise<void> {
  try {
    await writeFile(resolve(folder, path), text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new CliError("FILE", "--out names a file that is there already");
  }
}

/** Of several regions each has a file of its own: `posture-eu.html`. */
export function ofRegion(path: string, region: string, regions: number): string {
  if (regions === 1) return path;
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}-${region}${ext}`);
}
