import { CliError } from "./cli-error.ts";

/** The flag of every command that asks other systems for a person. */
export const IDENTIFIER = {
  type: "list",
  value: "kind=value",
  help: "What other systems call them: email=…",
} as const;

/** @throws {CliError} `USAGE` for what is no pair. */
export function identifiersOf(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map(pairOf));
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new CliError("USAGE", "--identifier is kind=value: email=ada@example.org");
  return [text.slice(0, at), text.slice(at + 1)];
}
