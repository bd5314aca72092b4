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
  if (existsSync(path)) {
    throw new CliError("FILE", `${option} names a file that is there already: name another`);
  }
  return path;
}

/** The path of a folder that is there. @throws {CliError} `FILE`, with what named it. */
export function oldFolder(folder: string, given: string, named: string): string {
  const path = resolve(folder, given);
  if (existsSync(path)) return path;
  throw new CliError("FILE", `${named} names no folder that is there`);
}
