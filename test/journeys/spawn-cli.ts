import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { bundled } from "../support/bundle.ts";

export const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const SOURCES = ["--conditions=oubli-source"];
const PROGRAM = await bundled(MAIN);

export interface Ended {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
  json<T = Record<string, unknown>>(): T;
}

/** A folder, and the real command line in processes of their own. */
export interface Shell extends AsyncDisposable {
  readonly folder: string;
  path(...parts: readonly string[]): string;
  oubli(...words: readonly string[]): Promise<Ended>;
  /** As {@link oubli}, with flags for Node, or something on standard input. */
  with_(
    options: { readonly node?: readonly string[]; readonly stdin?: string },
    ...words: readonly string[]
  ): Promise<Ended>;
  /** A process that the test ends itself. */
  start(...words: readonly string[]): ChildProcess;
}

export async function openShell(environment: NodeJS.ProcessEnv = {}): Promise<Shell> {
  const folder = await mkdtemp(join(tmpdir(), "oubli-journey-"));
  const start = (node: readonly string[], words: readonly string[]): ChildProcess =>
    // With flags for Node, as it is in the tree: one file loads all at once what others may forbid.
    spawn(
      process.execPath,
      [...(node.length > 0 ? [...node, ...SOURCES, MAIN] : [PROGRAM]), ...words],
      {
        cwd: folder,
        env: { ...process.env, ...environment, NO_COLOR: "1" },
      },
    );
  const shell: Shell = {
    folder,
    path: (...parts) => join(folder, ...parts),
    oubli: (...words) => shell.with_({}, ...words),
    async with_({ node = [], stdin = "" }, ...words) {
      const child = start(node, words);
      child.stdin!.end(stdin);
      return ended(child);
    },
    start: (...words) => start([], words),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
  return shell;
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [out, err] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  return { exit: await closed, out, err, json: <T>() => JSON.parse(out) as T };
}
