import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";

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
