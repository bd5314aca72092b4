import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { CliError } from "./cli-error.ts";

/** The path of a file that is not there yet. @throws {CliError} `FILE`, with the option's name. */
export function newFile(folder: string, given: string, option: `--${string}`): string {
  const path = resolve(folder, given);
  if (existsSync(path)) throw new CliError("FILE", `${option} names a file that is there already`);
  return path;
}
