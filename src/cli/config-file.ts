import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

import type { OpenOptions } from "#engine";
import { isOubliError } from "#kernel";
import { defineConfig, type ConfigInput, type OubliConfig } from "#policy";

import { CliError } from "./cli-error.ts";
import { configFault } from "./config-fault.ts";

const NAMES = ["oubli.config.ts", "oubli.config.mjs", "oubli.config.js"];

/** What a configuration file exports beside its configuration: functions, which a store has not. */
export type Given = Pick<
  OpenOptions,
  "sources" | "preChecks" | "notifiers" | "letters" | "retention" | "packages"
>;

export interface Loaded {
  readonly config: OubliConfig;
  readonly given: Given;
}

/**
 * The configuration that a file exports, as `config` or by default; and the application's other
 * systems, as `sources` and `preChecks`; its ways to tell people, as `notifiers`; its
 * letters in other languages, as `letters`; how
 * retention runs go about it, as `retention`; and the folder of packages behind links, as
 * `packages`.
 *
 * @param path What `--config` says, or `null` to look in `folder`.
 * @returns `null` when no path is given and there is no file.
 */
export async function loadConfig(path: string | null, folder: string): Promise<Loaded | null> {
  const file = path === null ? findConfig(folder) : resolve(folder, path);
  if (file === null) return null;
  if (!existsSync(file)) throw new CliError("FILE", "--config names a file that is not there");
  const exported = await importFile(file);
  const config = exported["config"] ?? exported["default"];
  if (typeof config !== "object" || config === null) {
    throw new CliError("FILE", "the configuration file exports neither config nor a default");
  }
  return {
    config: "policy" in config ? (config as OubliConfig) : defineConfig(config as ConfigInput),
    given: givenBy(exported),
  };
}

function isSource(one: unknown): boolean {
  return typeof one === "object" && one !== null && "capabilities" in one;
}

/** @throws {CliError} `FILE` for an export of the name that is something else. */
function givenBy(exported: Readonly<Record<string, unknown>>): Given {
  const { sources, preChecks, notifiers, letters, retention, packages } = exported;
  if (sources !== undefined && !(Array.isArray(sources) && sources.every(isSource))) {
    throw new CliError("FILE", "the configuration file's sources are no list of sources");
  }
  if (preChecks !== undefined && (typeof preChecks !== "object" || preChecks === null)) {
    throw new CliError("FILE", "the configuration file's preChecks are no functions by name");
  }
  if (notifiers !== undefined && !Array.isArray(notifiers)) {
    throw new CliError("FILE", "the configuration file's notifiers are no list of notifiers");
  }
  if (letters !== undefined && (typeof letters !== "object" || letters === null)) {
    throw new CliError("FILE", "the configuration file's letters are no texts by language");
  }
  if (retention !== undefined && (typeof retention !== "object" || retention === null)) {
    throw new CliError("FILE", "the configuration file's retention is no object");
  }
  if (packages !== undefined && typeof packages !== "string" && typeof packages !== "object") {
    throw new CliError("FILE", "the configuration file's packages are no folder");
  }
  return {
    ...(packages === undefined ? {} : { packages: packages as NonNullable<Given["packages"]> }),
    ...(retention === undefined ? {} : { retention: retention as NonNullable<Given["retention"]> }),
    ...(letters === undefined ? {} : { letters: letters as NonNullable<Given["letters"]> }),
    ...(notifiers === undefined ? {} : { notifiers: notifiers as NonNullable<Given["notifiers"]> }),
    ...(sources === undefined ? {} : { sources: sources as NonNullable<Given["sources"]> }),
    ...(preChecks === undefined ? {} : { preChecks: preChecks as NonNullable<Given["preChecks"]> }),
  };
}

function findConfig(folder: string): string | null {
  return NAMES.map((name) => resolve(folder, name)).find((file) => existsSync(file)) ?? null;
}

async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    if (isOubliError(error)) throw error;
    const why = configFault(error, file);
    throw new CliError("FILE", `the configuration file cannot be loaded: ${why}`);
  }
}
