import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Certificate } from "#erasure";
import { fromBase64 } from "#kernel";

import { CliError } from "./cli-error.ts";

/** A certificate's three files: one for our tools, two that tools of others read. */
export const CERTIFICATE_FILES = {
  /** Entry and proof together, for `oubli verify`. */
  certificate: "certificate.json",
  /** The ledger entry, byte for byte as it was hashed. */
  entry: "entry.bin",
  /** The proof that the ledger holds it. @source c2sp.org/tlog-proof */
  proof: "proof.txt",
} as const;

export const CERTIFICATE_FORMAT = "oubli-certificate-1";

export async function writeCertificate(folder: string, { json }: Pick<Certificate, "json">) {
  const { entry, proof } = JSON.parse(json) as { entry: string; proof: string };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, CERTIFICATE_FILES.certificate), `${json}\n`);
  await writeFile(join(folder, CERTIFICATE_FILES.entry), fromBase64(entry)!);
  await writeFile(join(folder, CERTIFICATE_FILES.proof), proof);
  return Object.values(CERTIFICATE_FILES);
}

/** Asked before anything is erased. @throws {CliError} `FILE`, where a certificate would be lost. */
export function refuseTaken(folder: string, option: "--to" | "--certificate"): void {
  const taken = Object.values(CERTIFICATE_FILES).some((name) => existsSync(join(folder, name)));
  if (!taken) return;
  const mended = option === "--to" ? ": --force replaces it" : "";
  throw new CliError("FILE", `${option} names a folder that has a certificate already${mended}`);
}

const TARGETS = "targets";

/** Other systems have a certificate of their own, once all of them are done. */
export async function writeErasure(
  folder: string,
  certificate: Pick<Certificate, "json" | "targets">,
): Promise<readonly string[]> {
  const files = await writeCertificate(folder, certificate);
  const settled = certificate.targets?.certificate;
  // Those of an earlier certificate say nothing of this one.
  for (const name of files) await rm(join(folder, TARGETS, name), { force: true });
  if (!settled) return files;
  const others = await writeCertificate(join(folder, TARGETS), settled);
  return [...files, ...others.map((file) => `${TARGETS}/${file}`)];
}
