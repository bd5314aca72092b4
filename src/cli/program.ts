import { Command as Commander, Option, type OptionValues } from "commander";

import { CliError } from "./cli-error.ts";
import type { Command, Flag, Settings } from "./command.ts";
import { withEnvironment, type Environment } from "./environment.ts";
import { flagName } from "./fault.ts";

/** A command that was asked for, with what it was given. */
export interface Asked {
  readonly command: Command;
  readonly settings: Settings;
  readonly input: Readonly<Record<string, unknown>>;
}

const GROUPS: Readonly<Record<string, string>> = {
  analytics: "Counts without people: what may be told of them",
  breach: "Incidents: report them, say whom they reached, tell who has to know",
  certificate: "The evidence of erasures",
  consent: "What a person agreed to",
  hold: "Legal holds: they keep records from every destruction",
  request: "What people ask for: take it in, answer it",
  audit: "The audit log: check it, export it, prove an entry",
  keys: "Root keys",
  store: "The store's schemas on a server",
  retention: "How long things are kept, and the runs that end them",
  notice: "What people are told",
  sources: "The other systems that hold people's data, and erasures in them",
  tombstones: "What a restore of another system brought back",
};

/** Flags of every command; they may stand before it or behind it. */
const SHARED = [
  new Option("--json", "Print the answer as JSON, for scripts"),
  new Option("--dir <folder>", "The store's folder (default: ./oubli-data)"),
  new Option("--store <url>", "The store: sqlite: and a folder, or postgres:// (see OUBLI_STORE)"),
  new Option("--root <folder>", "The root keys' folder (default: oubli-root beside the store)"),
  new Option("--config <file>", "The configuration (default: oubli.config.ts, .mjs or .js here)"),
  new Option("--region <code>", "One of several regions (default: all, or the person's)"),
  new Option("--tenant <code>", "Whose application it is (default: default)"),
];

/** The parser for some commands. It writes help through `print`, and throws whatever is wrong. */
export function programOf(
  commands: readonly Command[],
  {
    version,
    print,
    onAsked,
    environment,
  }: {
    readonly version: string;
    readonly environment: Environment;
    readonly print: (text: string) => void;
    readonly onAsked: (asked: Asked) => Promise<void>;
  },
): Commander {
  const program = new Commander("oubli")
    .description("Memory for AI applications that can answer to the law.")
    .version(version, "--version", "Print the version")
    .helpOption("-h, --help", "Print help")
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  for (const option of SHARED) program.addOption(option);
  const groups = new Map<string, Commander>();
  const groupOf = (name: string): Commander => {
    const known = groups.get(name);
    if (known) return known;
    const made = program.command(name).description(GROUPS[name] ?? name);
    groups.set(name, made);
    return made;
  };
  for (const one of commands) {
    const [first, second] = one.name.split(" ") as [string, string?];
    const parent = second === undefined ? program : groupOf(first);
    const parser = addCommand(parent, second ?? first, one, { onAsked, environment });
    // A command may be a group as well: `backup`, and `backup list`.
    if (second === undefined) groups.set(first, parser);
  }
  return program.addHelpText("after", EXIT_HELP);
}

const EXIT_HELP = `
Exit codes: 0 done · 1 error · 2 bad usage · 3 something still waits · 4 a check failed`;

function addCommand(
  parent: Commander,
  name: string,
  command: Command,
  {
    onAsked,
    environment,
  }: {
    readonly onAsked: (asked: Asked) => Promise<void>;
    readonly environment: Environment;
  },
): Commander {
  const parser = parent.command(name).description(command.summary);
  const args = Object.entries(command.args);
  for (const [arg, { help, optional, many }] of args) {
    const shown = `${arg}${many ? "..." : ""}`;
    parser.argument(optional ? `[${shown}]` : `<${shown}>`, help);
  }
  for (const [flag, spec] of Object.entries(command.flags)) parser.addOption(optionOf(flag, spec));
  if (command.details.length > 0) parser.addHelpText("after", `\n${command.details.join("\n")}`);
  for (const { flags, description } of SHARED) {
    parser.addOption(new Option(flags, description).hideHelp());
  }
  parser.action(async () => {
    const options = { ...parser.parent?.opts(), ...program(parser).opts(), ...parser.opts() };
    const given = args.map(([arg], at) => [arg, parser.processedArgs[at] as unknown]);
    await onAsked({
      command,
      settings: withEnvironment(settingsOf(options), environment),
      input: { ...Object.fromEntries(given), ...flagsOf(command, options) },
    });
  });
  return parser;
}

function program(parser: Commander): Commander {
  return parser.parent === null ? parser : program(parser.parent);
}

function optionOf(name: string, { type, help, required, value }: Flag): Option {
  const long = flagName(name);
  if (type === "boolean") return new Option(long, help);
  const option = new Option(`${long} <${value ?? (type === "number" ? "number" : "text")}>`, help);
  if (type === "list") {
    option.argParser((one: string, before: string[] | undefined) => [...(before ?? []), one]);
    option.description = `${help} (may be given again)`;
  }
  if (type === "number") option.argParser((text: string) => numberOf(text, long));
  return required ? option.makeOptionMandatory() : option;
}

function numberOf(text: string, flag: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new CliError("USAGE", `${flag} takes a whole number`);
  }
  return number;
}

function flagsOf({ flags }: Command, options: OptionValues): Record<string, unknown> {
  const values = Object.entries(flags).map(([name, { type }]) => {
    const value: unknown = options[name];
    if (type === "boolean") return [name, value === true];
    return [name, value ?? (type === "list" ? [] : undefined)];
  });
  return Object.fromEntries(values) as Record<string, unknown>;
}

function settingsOf(options: OptionValues): Settings {
  const text = (name: string) => (options[name] as string | undefined) ?? null;
  if (text("dir") !== null && text("store") !== null) {
    throw new CliError("USAGE", "--dir and --store both name the store");
  }
  return {
    json: options["json"] === true,
    dir: text("dir"),
    store: text("store"),
    root: text("root"),
    config: text("config"),
    region: text("region"),
    tenant: text("tenant"),
    admin: null,
    logins: [],
    connectionsMax: null,
    sweepSeconds: null,
    fresh: { jurisdictions: ["*"] },
  };
}
