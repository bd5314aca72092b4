import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { ACCESS_LOGS_MAX, logNames, tryReadEntry, type LogName } from "#audit";
import { base64, canonicalJson } from "#kernel";
import { CERTIFIED_TYPES } from "#verify";

import { CERTIFICATE_FILES, CERTIFICATE_FORMAT } from "../certificate-files.ts";
import { CliError } from "../cli-error.ts";
import { command } from "../command.ts";
import { CLI_AUDITOR } from "../open.ts";
import { count } from "../table.ts";

export const auditProve = command({
  name: "audit prove",
  summary: "Prove that a log holds an entry, in a format that tools of others read.",
  args: {
    log: { help: "ledger, access, or another access log: access-1" },
    index: { help: "The entry's number, from 0" },
  },
  flags: {
    out: { type: "string", value: "folder", help: "Write entry, proof and certificate here" },
  },

  async run(cli, { log: given, index: number, out }) {
    const log = logOf(given);
    if (!/^\d{1,15}$/.test(number)) throw new CliError("USAGE", "<index> takes a whole number");
    const index = Number(number);
    await using opened = await cli.open();
    const { audit } = opened.only().as(CLI_AUDITOR);
    const [proof, entry] = [await audit.prove(log, index), await audit.entry(log, index)];
    const verifierKey = audit.verifierKey(log);
    const files = out === undefined ? [] : await write(resolve(cli.folder, out), entry, proof);
    return {
      json: { log, index, verifierKey, proof, entry: entry && base64(entry), files },
      text:
        out === undefined
          ? proof.trimEnd().split("\n")
          : [`Written: ${count(files.length, "file")}: ${files.join(", ")}`, `Key: ${verifierKey}`],
    };
  },
});

function logOf(text: string): LogName {
  const log = logNames(ACCESS_LOGS_MAX).find((name) => name === text);
  if (log !== undefined) return log;
  throw new CliError("USAGE", "<log> is ledger, access or access-<number>");
}

function isCertified(entry: Uint8Array): boolean {
  const type = tryReadEntry(entry)?.t;
  return CERTIFIED_TYPES.some((certified) => certified === type);
}

/** A certificate only for what certificates are given for: erasures and corrections. */
async function write(folder: string, entry: Uint8Array | null, proof: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const files: [string, Uint8Array | string][] = [[CERTIFICATE_FILES.proof, proof]];
  if (entry) {
    files.push([CERTIFICATE_FILES.entry, entry]);
    if (isCertified(entry)) {
      const json = canonicalJson({ format: CERTIFICATE_FORMAT, entry: base64(entry), proof });
      files.push([CERTIFICATE_FILES.certificate, `${json}\n`]);
    }
  }
  for (const [name, content] of files) await writeFile(join(folder, name), content);
  return files.map(([name]) => name);
}
