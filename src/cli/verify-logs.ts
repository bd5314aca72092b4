import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { checkLog, type LogResult } from "#verify";

import { CliError } from "./cli-error.ts";
import { EXIT, type Answer } from "./command.ts";
import { entries } from "./table.ts";

const CHECKPOINT = "checkpoint";
const VERIFIER_KEY = "verifier-key";

/**
 * Checks an exported log, or each log of a folder.
 *
 * @param key `null`: the key that lies beside the log, which proves only that the log is whole,
 *   not whose it is; the answer says so.
 */
export async function verifyLogs(folder: string, key: string | null): Promise<Answer> {
  const names = await logsIn(folder);
  if (names.length === 0) throw new CliError("FILE", "--log names a folder without a log");
  if (key !== null && names.length > 1) {
    throw new CliError("USAGE", "--key belongs to one log: name its folder with --log");
  }
  const logs: { readonly log: string; readonly result: LogResult }[] = [];
  for (const log of names) logs.push({ log, result: await verifyLog(join(folder, log), key) });
  const valid = logs.every(({ result }) => result.valid);
  const note = "The keys came with the logs: compare them with those that you were given.";
  return {
    json: { valid, logs: logs.map(({ log, result }) => ({ log, ...shown(result) })) },
    text: [...logs.map(({ log, result }) => lineOf(log, result)), ...(key === null ? [note] : [])],
    exit: valid ? EXIT.done : EXIT.failed,
  };
}

async function logsIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.some(({ name }) => name === CHECKPOINT)) return ["."];
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const logs: string[] = [];
  for (const name of folders.sort()) {
    if ((await readOrNull(join(folder, name, CHECKPOINT))) !== null) logs.push(name);
  }
  return logs;
}

async function verifyLog(folder: string, key: string | null): Promise<LogResult> {
  const beside = key ?? (await readOrNull(join(folder, VERIFIER_KEY)))?.toString("utf8").trim();
  if (beside === undefined)
    throw new CliError("USAGE", "--key is needed: none lies beside the log");
  return checkLog({ verifierKey: beside, read: (path) => readOrNull(join(folder, path)) });
}

async function readOrNull(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function shown(result: LogResult) {
  return result.valid ? { ...result, root: Buffer.from(result.root).toString("base64") } : result;
}

function lineOf(log: string, result: LogResult): string {
  if (!result.valid) return `${log}: NOT VALID: ${result.reason}, in ${result.path}`;
  const pruned = result.prunedBelow > 0 ? `, entries below ${result.prunedBelow} pruned` : "";
  return `${log}: valid: ${entries(result.size)} of ${result.origin}${pruned}`;
}
