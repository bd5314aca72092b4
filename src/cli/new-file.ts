import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { CliError } from "./cli-error.ts";

/** `-` stands for a stream, and only of a backup and a restore. @throws {CliError} `USAGE` */
export function refuseDash(given: string, option: `--${string}`): void {
  if (given === "-") throw new CliError("USAGE", `${option} takes a file, and no -`);
}

/** The path of a file that is not there yet. @throws {CliError} `FILE`, with the option's name. */
export function newFile(folder: string, given: string, option: `--${string}`): string {
  refuseDash(given, option);
  const path = resolve(folder, given);
  if (existsSync(path)) throw new CliError("FILE", `${option} names a file that is there already`);
  return path;
}
