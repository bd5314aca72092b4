import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { isOubliError } from "#kernel";
import { defineConfig, type ConfigInput, type OubliConfig } from "#policy";

import { CliError } from "./cli-error.ts";

const NAMES = ["oubli.config.ts", "oubli.config.mjs", "oubli.config.js"];

/**
 * The configuration that a file exports, as `config` or by default.
 *
 * @param path What `--config` says, or `null` to look in `folder`.
 * @returns `null` when no path is given and there is no file.
 */
export async function loadConfig(path: string | null, folder: string): Promise<OubliConfig | null> {
  const file = path === null ? findConfig(folder) : resolve(folder, path);
  if (file === null) return null;
  if (!existsSync(file)) throw new CliError("FILE", "--config names a file that is not there");
  const exported = await importFile(file);
  const config = exported["config"] ?? exported["default"];
  if (typeof config !== "object" || config === null) {
    throw new CliError("FILE", "the configuration file exports neither config nor a default");
  }
  return "policy" in config ? (config as OubliConfig) : defineConfig(config as ConfigInput);
}

function findConfig(folder: string): string | null {
  return NAMES.map((name) => resolve(folder, name)).find((file) => existsSync(file)) ?? null;
}

async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    if (isOubliError(error)) throw error;
    const kind = error instanceof Error ? error.name : "an unknown error";
    throw new CliError("FILE", `the configuration file cannot be loaded: ${kind}`);
  }
}
