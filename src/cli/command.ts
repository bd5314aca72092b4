import type { ConfigInput, RegionInput } from "#policy";

import type { OpenedRegions } from "./open.ts";
import type { Terminal } from "./terminal.ts";

/** What a script may rely on. */
export const EXIT = {
  done: 0,
  error: 1,
  usage: 2,
  /** Something still waits: a hold, or another system. */
  waiting: 3,
  /** A check was made and failed: a certificate, a log, an invariant. */
  failed: 4,
} as const;

export type Exit = (typeof EXIT)[keyof typeof EXIT];

export interface Argument {
  readonly help: string;
  readonly optional?: true;
  /** Takes all that follow; only the last one may. */
  readonly many?: true;
}

export interface Flag {
  readonly type: "string" | "number" | "boolean" | "list";
  readonly help: string;
  readonly required?: true;
  /** What its value is called in the help. */
  readonly value?: string;
}

type Arguments = Readonly<Record<string, Argument>>;
type Flags = Readonly<Record<string, Flag>>;

type ArgumentValue<A extends Argument> = A extends { many: true }
  ? readonly string[]
  : A extends { optional: true }
    ? string | undefined
    : string;

type FlagValue<F extends Flag> = F extends { type: "boolean" }
  ? boolean
  : F extends { type: "list" }
    ? readonly string[]
    :
        | (F extends { type: "number" } ? number : string)
        | (F extends { required: true } ? never : undefined);

type Input<A extends Arguments, F extends Flags> = {
  readonly [Name in keyof A]: ArgumentValue<A[Name]>;
} & {
  readonly [Name in keyof F]: FlagValue<F[Name]>;
};

/** What every command works with. */
export interface Cli {
  readonly terminal: Terminal;
  /** The folder that relative paths start from. */
  readonly folder: string;
  readonly settings: Settings;
  /** Opens the store. Commands that never call it never touch one. */
  open(): Promise<OpenedRegions>;
}

/** The flags that every command takes, and what the environment says. */
export interface Settings {
  readonly json: boolean;
  readonly dir: string | null;
  readonly store: RegionInput["store"] | null;
  readonly root: string | null;
  readonly config: string | null;
  /** The only region that is asked for; `null`: all. */
  readonly region: string | null;
  readonly tenant: string | null;
  /** An administrator's address. */
  readonly admin: string | null;
  /** Roles that may use the store. */
  readonly logins: readonly string[];
  readonly connectionsMax: number | null;
  readonly sweepSeconds: number | null;
  /** What a store without a configuration is made with. */
  readonly fresh: Pick<ConfigInput, "packs"> & Omit<RegionInput, "store" | "root">;
}

/** A command's answer, for scripts and for people: one of the two is printed. */
export interface Answer {
  readonly json: unknown;
  readonly text: readonly string[];
  /** Where the answers' stream was given to bytes. */
  readonly toStderr?: boolean;
  /** Default: {@link EXIT.done}. */
  readonly exit?: Exit;
}

/** A command as a value, so that help, tests and documentation can read it. */
export interface Command {
  /** One word, or a group and a word: `audit verify`. */
  readonly name: string;
  readonly summary: string;
  readonly args: Arguments;
  readonly flags: Flags;
  /** Stands below the help: what a file looks like. */
  readonly details: readonly string[];
  /** Fields of the engine that no flag is called by, each with the flags that it comes from. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  run(cli: Cli, input: Readonly<Record<string, unknown>>): Promise<Answer>;
}

/** Declares a command; its input's type follows from its arguments and flags. */
export function command<const A extends Arguments = {}, const F extends Flags = {}>(spec: {
  readonly name: string;
  readonly summary: string;
  readonly args?: A;
  readonly flags?: F;
  readonly details?: readonly string[];
  readonly fields?: Readonly<Record<string, readonly (keyof F & string)[]>>;
  run(cli: Cli, input: Input<A, F>): Promise<Answer>;
}): Command {
  const { name, summary, args, flags, details, fields, run } = spec;
  return {
    name,
    summary,
    args: args ?? {},
    flags: flags ?? {},
    details: details ?? [],
    fields: fields ?? {},
    run: (cli, input) => run(cli, input as Input<A, F>),
  };
}
