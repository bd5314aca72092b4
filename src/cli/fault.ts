import { fileURLToPath } from "node:url";

import { isOubliError, type OubliError } from "#kernel";

import { CliError } from "./cli-error.ts";
import { EXIT, type Command, type Exit } from "./command.ts";

/** What the person at the terminal typed. */
export interface Typed {
  readonly command: Command;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Fault {
  /** The code, and what is wrong: one line, nothing that a person typed or said. */
  readonly line: string;
  readonly exit: Exit;
  /** Of a fault in Oubli: where in its own files, innermost first. */
  readonly frames?: readonly string[];
}

/** What is said about an error: never a foreign message, which may hold values. */
export function faultOf(error: unknown, typed: Typed | null): Fault {
  if (error instanceof CliError) {
    return { line: `${error.code}: ${error.message}`, exit: error.exit };
  }
  if (isOubliError(error)) return { line: engineLine(error, typed), exit: exitOf(error) };
  const code = error instanceof Error && "code" in error ? error.code : null;
  // The operating system's codes are its own words: ENOENT, EACCES.
  if (typeof code === "string" && /^E[A-Z]{2,20}$/.test(code)) {
    const why = SYSTEM[code] ?? "it could not be read or written";
    return { line: `FILE: a file or a folder: ${why} (${code})`, exit: EXIT.error };
  }
  const name = error instanceof Error ? error.name : typeof error;
  const line = `INTERNAL: an unexpected ${name}; this is a fault in Oubli`;
  return { line, exit: EXIT.error, frames: framesOf(error) };
}

const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: "there is none of the name that was given",
  EACCES: "it may not be read or written by this user",
  EPERM: "it may not be read or written by this user",
  EISDIR: "a file was asked for, and this is a folder",
  ENOTDIR: "a folder was asked for, and this is a file",
  EEXIST: "it is there already",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
};

const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));

/** Files and lines of Oubli's own; the stack begins with the message, which is cut off. */
function framesOf(error: unknown): readonly string[] {
  const { message = "", stack = "" } = error instanceof Error ? error : {};
  const frames = stack.slice(Math.max(0, stack.indexOf(message)) + message.length).split("\n");
  return frames.flatMap((frame) => {
    const place = /^ +at .*?((?:file:\/\/)?[^ ()]+:\d+:\d+)\)?$/.exec(frame)?.[1] ?? "";
    const path = place.startsWith("file:") ? fileURLToPath(place) : place;
    const own = path.startsWith(PACKAGE) ? path.slice(PACKAGE.length) : "";
    return /^(?:src|dist)[\\/][\w.\\/-]+:\d+:\d+$/.test(own) ? [`  at ${own}`] : [];
  });
}

/** An erasure that met another act is under way, and finishes with the next sweep. */
function exitOf({ code, details }: OubliError): Exit {
  return code === "CONFLICT" && "erasure" in details ? EXIT.waiting : EXIT.error;
}

function engineLine({ code, message, details }: OubliError, typed: Typed | null): string {
  if (code === "CONSENT_MISSING") {
    const explicit = details["explicit"] === true ? " --explicit" : "";
    const flags = `--purpose ${String(details["purpose"])}${explicit} --policy-version v1`;
    return `${message.split("\n")[0]!} Give it: oubli consent grant <subject> ${flags}`;
  }
  if (code === "DRAFT_INCOMPLETE" && typed?.command.name.startsWith("breach ")) {
    return `${message.split("\n")[0]!} Say each: oubli breach update <incident> --file <file>`;
  }
  if (code === "HELD") {
    return `${message.split("\n")[0]!} Which they are: oubli hold list <subject>`;
  }
  const missing = code === "ERASURE_BLOCKED" ? namesMissing(details) : [];
  if (missing.length > 0) {
    const flags = missing.map((kind) => `--identifier ${kind}=…`).join(" ");
    return `${message.split("\n")[0]!} Give it, empty where they have none: ${flags}`;
  }
  const flag = code === "INPUT_INVALID" ? inputName(String(details["field"]), typed) : null;
  const [line, hint = ""] = message.split("\n");
  const named = flag === null ? line! : inTimes(line!.replace("An input", flag), flag, typed);
  return hint === "" || IN_A_PROGRAM.test(hint) ? named : `${named} ${hint.trim()}`;
}

/** At a terminal a moment is a text: what the engine says of its own kinds of one helps nobody. */
function inTimes(line: string, flag: string, typed: Typed | null): string {
  const flags = Object.entries(typed?.command.flags ?? {});
  const isTime = flags.some(([name, one]) => flagName(name) === flag && takesTime(one));
  if (!isTime) return line;
  return line
    .replace("given: a number", "given: a time")
    .replace("a Date | a number", "a time such as 2026-05-01T09:30");
}

const takesTime = (flag: object): boolean => "value" in flag && flag.value === "time";

/** A hint that is a call: nobody can type it at a terminal. */
const IN_A_PROGRAM = /\b(?:subject|oubli)\.|[{}]/;

/** Of an erasure that other systems could not carry out: the kinds of names that they need. */
function namesMissing({ codes, grounds }: OubliError["details"]): readonly string[] {
  if (!Array.isArray(codes) || !Array.isArray(grounds)) return [];
  return [...new Set(grounds.filter((_, at) => codes[at] === "identifier-missing"))];
}

/** The flag or the argument that a field of the engine came from. */
function inputName(field: string, typed: Typed | null): string | null {
  if (typed === null) return null;
  const { command, input } = typed;
  // The innermost that was typed: of `identifiers.email` it is `--identifier`.
  for (const name of field.split(".").toReversed()) {
    const given = command.fields[name]?.find((flag) => input[flag] !== undefined);
    if (given !== undefined) return flagName(given);
    // `--detected` is the field `detectedAt`, and one `--identifier` of several in `identifiers`.
    const flags = [name, name.replace(/At$/, ""), name.replace(/s$/, "")];
    const flag = flags.find((one) => Object.hasOwn(command.flags, one));
    if (flag !== undefined) return flagName(flag);
    if (Object.hasOwn(command.args, name)) return `<${name}>`;
  }
  return null;
}

/** `policyVersion` as it is typed. */
export function flagName(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
