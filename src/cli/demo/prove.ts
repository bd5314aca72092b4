import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Certificate } from "#erasure";
import { checkLog, leafHash, verifyCertificate, verifyTlogProof } from "#verify";

import { CERTIFICATE_FILES, writeCertificate } from "../certificate-files.ts";
import { count, entries } from "../table.ts";
import type { Say } from "./report.ts";
import { CLI_AUDITOR } from "../open.ts";
import type { DemoWorld } from "./world.ts";

/** Ends the key epoch, so that what was erased is erased in every backup. */
export async function rotate(world: DemoWorld, say: Say): Promise<void> {
  const { oubli } = world.opened;
  const { rotation, final } = await oubli.rotate();
  const files = await readdir(world.places.root);
  const old = `${world.opened.region}.epoch-${rotation.from}.key`;
  say.check(
    !files.includes(old),
    `root key ${rotation.from} is destroyed: ${rotation.evidence?.method}`,
  );
  const done = new Set(world.certificates.map(({ erasure }) => erasure)).size;
  say.check(final === done, `${count(final, "erasure")} became final`);
  for (const [at, { entry, erasure }] of world.certificates.entries()) {
    world.certificates[at] = await oubli.certificate(entry.subject!, erasure);
  }
  const stages = world.certificates.filter(({ stage }) => stage === "final").length;
  say.check(stages === done, `${count(stages, "certificate")} now say so`);
}

/** Writes everything to files, and checks them with `oubli/verify` alone: no store, no network. */
export async function verifyOffline(world: DemoWorld, say: Say): Promise<void> {
  const { exported } = world.places;
  const { audit } = world.opened.oubli.as(CLI_AUDITOR);
  // On a server there are several access logs: one without entries has nothing to export.
  const used = (await audit.check()).filter(({ size }) => size > 0);
  await audit.export(join(exported, "log"));
  let total = 0;
  let whole = used.length > 0;
  for (const { log, size } of used) {
    const result = await checkLog({
      verifierKey: audit.verifierKey(log),
      read: (path) => readOrNull(join(exported, "log", log, path)),
    });
    whole &&= result.valid && result.size >= size;
    total += result.valid ? result.size : 0;
  }
  say.check(
    whole,
    `the exported audit log is whole: ${entries(total)}, ${count(used.length, "signature")}`,
  );
  let valid = 0;
  let refused = 0;
  for (const certificate of world.certificates) {
    const folder = join(exported, certificate.erasure);
    await writeCertificate(folder, certificate);
    if (await isValid(folder, certificate)) valid += 1;
    if (await isRefusedWhenChanged(folder, certificate)) refused += 1;
  }
  const all = world.certificates.length;
  say.check(
    all > 0 && valid === all,
    `${count(valid, "certificate")} hold, each also as entry and proof apart`,
  );
  say.check(all > 0 && refused === all, "with one byte changed, each of them is refused");
}

async function isValid(folder: string, { verifierKey }: Certificate): Promise<boolean> {
  const file = await readFile(join(folder, CERTIFICATE_FILES.certificate));
  const whole = await verifyCertificate(file, verifierKey);
  const leaf = await leafHash(await readFile(join(folder, CERTIFICATE_FILES.entry)));
  const proof = await readFile(join(folder, CERTIFICATE_FILES.proof), "utf8");
  const apart = await verifyTlogProof({ proof, leaf, verifierKey });
  return whole.valid && apart.valid;
}

async function isRefusedWhenChanged(
  folder: string,
  { verifierKey }: Certificate,
): Promise<boolean> {
  const file = await readFile(join(folder, CERTIFICATE_FILES.certificate));
  const middle = Math.floor(file.length / 2);
  file[middle] = file[middle]! ^ 1;
  return !(await verifyCertificate(file, verifierKey)).valid;
}

/** The log's own fsck, over everything that this run did. */
export async function checkAudit({ opened }: DemoWorld, say: Say): Promise<void> {
  const checks = await opened.oubli.audit.check();
  const checked = checks.reduce((sum, { checked }) => sum + checked, 0);
  const faults = checks.reduce((sum, check) => sum + check.faults.length, 0);
  say.check(
    faults === 0 && checked > 0,
    `${entries(checked)} recomputed: ${faults} faults, and no read after an erasure`,
  );
}

async function readOrNull(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch {
    return null;
  }
}
