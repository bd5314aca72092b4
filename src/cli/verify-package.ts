import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

import { verifyPackage as verifyGiven } from "#verify";

import { CliError } from "./cli-error.ts";
import { EXIT, type Answer } from "./command.ts";
import { count, day } from "./table.ts";

const OWN: ReadonlySet<string> = new Set(["manifest.note", "checksums.txt"]);

/** Checks a package of a person's data that was unpacked: its signature, and each file. */
export async function verifyPackage(folder: string, key: string): Promise<Answer> {
  if (!(await stat(folder)).isDirectory()) {
    throw new CliError("FILE", "--package is a folder: unpack the ZIP, and name where to");
  }
  const note = await readFile(join(folder, "manifest.note"), "utf8");
  const checksums = await readFile(join(folder, "checksums.txt"), "utf8");
  const result = await verifyGiven({ note, checksums, files: await hashesOf(folder) }, key);
  if (!result.valid) {
    const file = result.file === undefined ? "" : `: ${result.file}`;
    return { json: result, text: [`NOT VALID: ${result.reason}${file}`], exit: EXIT.failed };
  }
  const { madeAt, complete, files, origin } = result.manifest;
  return {
    json: result,
    text: [
      `Valid: ${count(files, "file")}, signed by ${origin}, made on ${day(madeAt)}.`,
      complete ? "  Every system that was asked had answered." : "  It is not complete.",
    ],
  };
}

async function hashesOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join("/");
    // What is no plain file is none of the package's.
    if (!OWN.has(name)) hashes.set(name, entry.isFile() ? await hashOf(path) : "");
  }
  return hashes;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
