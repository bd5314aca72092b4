import { readFile } from "node:fs/promises";

import { CommanderError } from "commander";

import { EXIT, type Answer, type Exit } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import type { Environment } from "./environment.ts";
import { faultOf } from "./fault.ts";
import { programOf, type Asked } from "./program.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Runs one command line: parses it, prints the answer to one stream and at most one line of error
 * to the other; of a fault in Oubli also where it is.
 *
 * @param words Without the program's own name.
 * @returns the process's exit code, one of {@link EXIT}.
 */
export async function run(
  words: readonly string[],
  {
    terminal,
    folder,
    environment = {},
  }: {
    readonly terminal: Terminal;
    readonly folder: string;
    readonly environment?: Environment;
  },
): Promise<Exit> {
  let typed: Asked | null = null;
  let exit: Exit = EXIT.done;
  const program = programOf(COMMANDS, {
    version: await versionOf(),
    environment,
    print: (text) => terminal.print(text.trimEnd()),
    async onAsked(asked) {
      typed = asked;
      exit = await carryOut(asked, terminal, folder);
    },
  });
  try {
    await program.parseAsync(words, { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return usageExit(error, terminal);
    const fault = faultOf(error, typed);
    terminal.complain(fault.line);
    for (const frame of fault.frames ?? []) terminal.complain(frame);
    return fault.exit;
  }
}

async function carryOut(
  { command, settings, input }: Asked,
  terminal: Terminal,
  folder: string,
): Promise<Exit> {
  const answer: Answer = await command.run(
    {
      terminal,
      folder,
      settings,
      // Loaded when it is wanted: what needs no store starts without one, and works without one.
      open: async () => (await import("./open.ts")).openStore(settings, folder),
    },
    input,
  );
  const print = answer.toStderr ? terminal.complain : terminal.print;
  if (settings.json) print(JSON.stringify(answer.json));
  else for (const line of answer.text) print(line);
  return answer.exit ?? EXIT.done;
}

/** Help and version were asked for, and are no error; everything else is bad usage. */
function usageExit(error: CommanderError, terminal: Terminal): Exit {
  if (error.exitCode === 0) return EXIT.done;
  if (error.code === "commander.help") return EXIT.usage;
  terminal.complain(`USAGE: ${usageMessage(error)}`);
  return EXIT.usage;
}

/** The parser's own words where they name flags and arguments; others repeat what was typed. */
function usageMessage({ code, message }: CommanderError): string {
  const said = message.replace(/^error: /, "").split("\n")[0]!;
  switch (code) {
    case "commander.unknownOption":
      return /'(--?[a-z][a-z-]{0,30})'/.test(said) ? said : "there is a flag that is not known";
    case "commander.missingArgument":
    case "commander.optionMissingArgument":
    case "commander.missingMandatoryOptionValue":
      return said;
    case "commander.unknownCommand":
      return "there is no such command; see oubli --help";
    case "commander.excessArguments":
      return "there are more arguments than this command takes";
    default:
      return "the command line cannot be read; see oubli --help";
  }
}

async function versionOf(): Promise<string> {
  const file = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return String((JSON.parse(file) as { version: unknown }).version);
}
