import { rm, writeFile } from "node:fs/promises";
import { join, parse, resolve } from "node:path";

import { CliError } from "./cli-error.ts";
import { refuseDash } from "./new-file.ts";

/**
 * Writes a file that only this user may read, and replaces none unless it is told to.
 *
 * @throws {CliError} `FILE`
 */
export async function writeNew(
  folder: string,
  path: string,
  text: string,
  { force = false }: { readonly force?: boolean | undefined } = {},
): Promise<void> {
  refuseDash(path, "--out");
  const file = resolve(folder, path);
  try {
    // What was there may be open to others: a new file takes its place.
    if (force) await rm(file, { force: true });
    await writeFile(file, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new CliError("FILE", "--out names a file that is there already");
  }
}

/** For pages that are made again and again under one name. */
export const PAGE_FLAGS = {
  out: { type: "string", value: "file", help: "Write it as a page for a browser" },
  force: { type: "boolean", help: "Replace the file of --out" },
} as const;

/** Of several regions each has a file of its own: `posture-eu.html`. */
export function ofRegion(path: string, region: string, regions: number): string {
  if (regions === 1) return path;
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}-${region}${ext}`);
}
