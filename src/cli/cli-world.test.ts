import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Exit } from "./command.ts";
import { run } from "./run.ts";
import type { Terminal } from "./terminal.ts";

/** What one command line wrote, and how it ended. */
export interface Ran {
  readonly exit: Exit;
  readonly out: string;
  readonly err: string;
  json<T = Record<string, unknown>>(): T;
}

/** A folder of its own, and a command line that runs in it. */
export interface CliWorld extends AsyncDisposable {
  readonly folder: string;
  oubli(...words: readonly string[]): Promise<Ran>;
  path(...parts: readonly string[]): string;
}

export async function openCli(): Promise<CliWorld> {
  const folder = await mkdtemp(join(tmpdir(), "oubli-cli-"));
  return {
    folder,
    path: (...parts) => join(folder, ...parts),
    async oubli(...words) {
      const { terminal, written } = createListener();
      const exit = await run(words, { terminal, folder });
      const { out, err } = written();
      return { exit, out, err, json: <T>() => JSON.parse(out) as T };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A store in which `ada` consented to `assistant`, and said three things. */
export async function openWithAda(): Promise<CliWorld & { readonly nodes: readonly string[] }> {
  const cli = await openCli();
  await cli.oubli("init");
  await cli.oubli("consent", "grant", "ada", "--purpose", "assistant", "--policy-version", "v1");
  const nodes: string[] = [];
  for (const said of ADA_SAID) {
    const given = ["--purpose", "assistant", "--category", "preference", "--json"];
    const ran = await cli.oubli("remember", "ada", said, ...given);
    nodes.push(...ran.json<{ nodes: string[] }>().nodes);
  }
  return { ...cli, nodes };
}

export const ADA_SAID = [
  "My bicycle is the green one with the wicker basket.",
  "I take the ferry at seven on weekdays.",
  "Please never book a window seat for me.",
] as const;

function createListener() {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal: Terminal = {
    print: (line) => void out.push(line),
    complain: (line) => void err.push(line),
    style: (_, text) => text,
    progress: () => ({ step: () => {}, end: () => {} }),
  };
  return { terminal, written: () => ({ out: out.join("\n"), err: err.join("\n") }) };
}
