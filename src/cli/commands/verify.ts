import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { leafHash, verifyCertificate, verifyTlogProof } from "#verify";

import { CliError } from "../cli-error.ts";
import { command, EXIT, type Answer, type Cli } from "../command.ts";
import { entries, memories } from "../table.ts";
import { verifyBackup } from "../verify-backup.ts";
import { verifyLogs } from "../verify-logs.ts";
import { verifyPackage } from "../verify-package.ts";

export const verify = command({
  name: "verify",
  summary:
    "Check a certificate, a proof, an exported log, a backup or a package, offline, without a store.",
  args: { certificate: { help: "The file certificate.json", optional: true } },
  flags: {
    key: { type: "string", value: "vkey", help: "The log's verifier key, got by another way" },
    entry: { type: "string", value: "file", help: "An entry's exact bytes, with --proof" },
    proof: { type: "string", value: "file", help: "Its tlog-proof" },
    log: { type: "string", value: "folder", help: "An exported log, or a folder of them" },
    backup: { type: "string", value: "folder", help: "A backup" },
    package: { type: "string", value: "folder", help: "A package of a person's data, unpacked" },
  },

  async run(cli, { certificate, key, entry, proof, log, backup, package: given }) {
    const modes = [certificate, entry ?? proof, log, backup, given].filter(
      (mode) => mode !== undefined,
    );
    if (modes.length !== 1) {
      throw new CliError(
        "USAGE",
        "give a certificate, or --entry and --proof, or --log, or --backup, or --package: one of them",
      );
    }
    if (log !== undefined) return verifyLogs(resolve(cli.folder, log), key ?? null);
    if (key === undefined) {
      throw new CliError(
        "USAGE",
        "--key is needed: the ledger's verifier key, as oubli init and oubli audit verify print it",
      );
    }
    if (backup !== undefined) return verifyBackup(resolve(cli.folder, backup), key);
    if (given !== undefined) return verifyPackage(resolve(cli.folder, given), key);
    if (certificate !== undefined) return verifyFile(cli, certificate, key);
    if (entry === undefined || proof === undefined) {
      throw new CliError("USAGE", "--entry and --proof are needed together");
    }
    return verifyProof(cli, { entry, proof, key });
  },
});

async function verifyFile({ folder }: Cli, certificate: string, key: string): Promise<Answer> {
  const result = await verifyCertificate(await readFile(resolve(folder, certificate)), key);
  if (!result.valid) return refused(result);
  const { entry, index, origin, size } = result;
  const scope = entry["scope"] as { nodes: number; held: number } | undefined;
  const limits = (entry["limitations"] as readonly string[] | undefined) ?? [];
  return {
    json: result,
    text: [
      `Valid: ${entry.t} is entry ${index} of ${origin}, signed at ${entries(size)}.`,
      `  subject ${String(entry["subject"])}, stage ${String(entry["stage"])}`,
      ...targetsOf(entry),
      ...(scope ? [`  ${memories(scope.nodes)} destroyed, ${scope.held} held`] : []),
      `  it cannot speak for: ${limits.join(", ")}`,
    ],
  };
}

interface Target {
  readonly target: string;
  readonly recordsDeleted: number;
  readonly verified: boolean;
  readonly manual: boolean;
  readonly kept: readonly { readonly records: number; readonly ground: string | null }[];
}

/** Of an erasure in other systems: what each of them did, and how that is known. */
function targetsOf(entry: { readonly [field: string]: unknown }): readonly string[] {
  const targets = (entry["targets"] as readonly Target[] | undefined) ?? [];
  return targets.map(({ target, recordsDeleted, verified, manual, kept }) => {
    const how = verified ? "looked at" : manual ? "on a person's word" : "on its own word";
    const keeps = kept.map(({ records, ground }) => `, keeps ${records} for ${ground ?? "itself"}`);
    return `  ${target}: ${recordsDeleted} records deleted, ${how}${keeps.join("")}`;
  });
}

async function verifyProof(
  { folder }: Cli,
  { entry, proof, key }: { readonly entry: string; readonly proof: string; readonly key: string },
): Promise<Answer> {
  const leaf = await leafHash(await readFile(resolve(folder, entry)));
  const text = await readFile(resolve(folder, proof), "utf8");
  const result = await verifyTlogProof({ proof: text, leaf, verifierKey: key });
  if (!result.valid) return refused(result);
  const { index, checkpoint } = result;
  const { origin, size } = checkpoint;
  return {
    json: { valid: true, index, origin, size },
    text: [`Valid: entry ${index} of ${origin}, signed at ${entries(size)}.`],
  };
}

const KEY_HINT = "--key takes the whole of it: a name, + and eight digits, + and a text";

function refused(result: { readonly valid: false; readonly reason: string }): Answer {
  const hint = result.reason === "verifier-key-malformed" ? ` (${KEY_HINT})` : "";
  return { json: result, text: [`NOT VALID: ${result.reason}${hint}`], exit: EXIT.failed };
}
