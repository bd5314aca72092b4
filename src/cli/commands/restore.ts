import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import type { LostErasure, Restored } from "#engine";
import { isId } from "#kernel";

import { CliError } from "../cli-error.ts";
import { command, type Cli } from "../command.ts";
import { oldFolder } from "../new-file.ts";
import { count, entries } from "../table.ts";

export const restore = command({
  name: "restore",
  summary: "Put a backup in the store's place, and do again what was erased since.",
  args: { from: { help: "A backup's folder, a folder of backups, or -: a tar stream" } },
  flags: {
    keys: { type: "string", value: "folder", help: "A newer snapshot of the keys" },
    only: { type: "list", value: "database", help: "memory, keys or audit; the others stay" },
    replace: { type: "boolean", help: "Put it in the place of a store that is there" },
    yes: { type: "boolean", help: "With --replace: what is there is gone for good" },
    ledger: { type: "string", value: "folder", help: "The logs' lost tail, by audit export" },
    fork: { type: "boolean", help: "Give the logs' lost tail up; it is written down" },
    reason: { type: "string", value: "code", help: "With --fork: why" },
    admin: {
      type: "string",
      value: "url",
      help: "On a server: an administrator's address (better: OUBLI_ADMIN)",
    },
    erased: { type: "string", value: "file", help: "With --fork: what was erased in that tail" },
  },
  details: [
    "Nothing is changed before signature and every hash hold. Stop every process of the store.",
    "A line of --erased is one erasure; without nodes, of the whole person:",
    '  {"subject": "sub_…", "nodes": ["node_…"]}',
  ],

  async run(cli, flags) {
    const { from, keys, only, replace, yes, ledger, fork, reason, admin, erased } = flags;
    if (replace && !yes) {
      throw new CliError("USAGE", "--replace destroys what is there: confirm it with --yes");
    }
    if (fork !== (reason !== undefined)) {
      throw new CliError("USAGE", "--fork and --reason are needed together");
    }
    const [{ targetOf, CLI_ACTOR }, { restoreOubli }] = await Promise.all([
      import("../open.ts"),
      import("#engine"),
    ]);
    const { config, region, configured } = await targetOf(cli.settings, cli.folder);
    const bar = cli.terminal.progress("Restoring", null);
    const restored = await restoreOubli(config, {
      from: from === "-" ? process.stdin : oldFolder(cli.folder, from, "<from>"),
      keys: keys === undefined ? undefined : oldFolder(cli.folder, keys, "--keys"),
      only: only.length === 0 ? undefined : only.map(databaseOf),
      replace,
      ledger: ledger === undefined ? undefined : oldFolder(cli.folder, ledger, "--ledger"),
      fork: reason === undefined ? undefined : { reason, erased: await erasuresIn(cli, erased) },
      region,
      admin: admin ?? cli.settings.admin ?? undefined,
      actor: CLI_ACTOR,
      adoptStored: !configured,
    }).finally(() => bar.end());
    return { json: restored, text: textOf(restored) };
  },
});

function textOf(restored: Restored): string[] {
  const { backup, databases, passedOver, tail, forked, replayed, erased, departed, logs } =
    restored;
  const { again, lost } = restored.arrivals;
  return [
    `Restored ${databases.join(", ")} from ${backup}.`,
    ...(passedOver > 0 ? [`  ${passedOver} of the folder passed over: not ours, or damaged`] : []),
    `  ${entries(sum(Object.values(tail)))} of the logs came back from the exported copy`,
    ...(forked ?? []).map(
      ({ log, kept, signed }) => `  ${log}: FORKED at ${kept}; signed were ${signed}`,
    ),
    `  ${count(replayed, "erasure or correction", "erasures and corrections")} done again`,
    ...(forked ? [`  ${erased.done} of the lost tail done again, ${erased.absent} not here`] : []),
    ...(departed > 0 ? [`  ${departed} erased here: they are in another region now`] : []),
    ...(again > 0 ? [`  ${again} who came from another region are known again`] : []),
    ...lost.map(({ subject, from }) => `  LOST: ${subject}, who came from ${from}`),
    ...(lost.length > 0 ? ["  See the incident that is suspected: oubli breach list"] : []),
    ...logs.map(({ log, size }) => `  ${log}: whole, ${entries(size)}`),
    "The store is open.",
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

function databaseOf(name: string): "memory" | "keys" | "audit" {
  if (name === "memory" || name === "keys" || name === "audit") return name;
  throw new CliError("USAGE", "--only takes memory, keys or audit");
}

async function erasuresIn({ folder }: Cli, file: string | undefined): Promise<LostErasure[]> {
  if (file === undefined) return [];
  const lines = (await readFile(resolve(folder, file), "utf8")).split("\n");
  return lines.flatMap((line, at) => (line.trim() === "" ? [] : [erasureOf(line, at + 1)]));
}

function erasureOf(line: string, number: number): LostErasure {
  const given = parse(line) as { subject?: unknown; nodes?: unknown } | null;
  const { subject, nodes } = given ?? {};
  const whole = nodes === undefined;
  const listed = Array.isArray(nodes) && nodes.every((node) => isId("node", node));
  if (!isId("subject", subject) || !(whole || listed)) {
    throw new CliError("FILE", `--erased, line ${number}: not a subject's id with ids of nodes`);
  }
  return whole ? { subject } : { subject, nodes: nodes as readonly string[] };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
