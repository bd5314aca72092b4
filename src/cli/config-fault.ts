import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";

/**
 * Why a configuration file does not load: the error's kind and the place in the file. Never its
 * text, nor a line of the file: both may hold passwords.
 */
export function configFault(error: unknown, file: string): string {
  if (!(error instanceof Error)) return "an unknown error";
  const { name, code } = error as Error & { readonly code?: unknown };
  const known = typeof code === "string" && /^ERR_[A-Z_]{1,60}$/.test(code) ? ` (${code})` : "";
  const place = thrownAt(error, file) ?? (name === "SyntaxError" ? syntaxAt(error, file) : null);
  const missing =
    code === "ERR_MODULE_NOT_FOUND" ? "; what it imports is not there, or not installed" : "";
  return `${name}${known}${place === null ? "" : `, ${place}`}${missing}`;
}

/** The innermost of its frames in the file; the stack begins with the message, which is cut off. */
function thrownAt({ message, stack = "" }: Error, file: string): string | null {
  const frames = stack.slice(Math.max(0, stack.indexOf(message)) + message.length).split("\n");
  for (const frame of frames) {
    const at = [pathToFileURL(file).href, file].find((name) => frame.includes(`${name}:`));
    const [, line, column] = /:(\d+):(\d+)\)?$/.exec(frame) ?? [];
    if (at !== undefined && line !== undefined) return `line ${line}, column ${column}`;
  }
  return null;
}

/** Of a text that is no program: only the start of such a report names the file and shows where. */
function syntaxAt({ stack = "" }: Error, file: string): string | null {
  const ownReport = () =>
    spawnSync(process.execPath, ["--check", file], { encoding: "utf8" }).stderr;
  const report = stack.startsWith(`${file}:`) ? stack : ownReport();
  if (!report.startsWith(`${file}:`) && !report.startsWith(`${pathToFileURL(file).href}:`)) {
    return null;
  }
  const [, line] = /^.*:(\d+)\n/.exec(report) ?? [];
  const [, before] = /^( *)\^/m.exec(report) ?? [];
  if (line === undefined) return null;
  return before === undefined ? `line ${line}` : `line ${line}, column ${before.length + 1}`;
}
