import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { openWithAda, type CliWorld } from "./cli-world.test.ts";
import { EXIT } from "./command.ts";

type World = Awaited<ReturnType<typeof openWithAda>>;

async function told(cli: CliWorld): Promise<number> {
  return (await cli.oubli("list", "ada", "--json")).json<{ nodes: unknown[] }>().nodes.length;
}

test("backup, loss, restore: what was forgotten stays forgotten, and every check holds", async () => {
  await using cli: World = await openWithAda();
  const made = (await cli.oubli("backup", "backups", "--json")).json<{ backup: string }>();
  await cli.oubli("forget", "ada", cli.nodes[0]!);
  const key = (await cli.oubli("audit", "verify", "--json")).json<{
    logs: { log: string; verifierKey: string }[];
  }>();
  await cli.oubli("audit", "export", "log");
  await rm(cli.path("oubli-data"), { recursive: true });

  const behind = await cli.oubli("restore", "backups");
  assert.match(behind.err, /^LOG_FORKED/);
  assert.equal(behind.exit, EXIT.error);
  const restored = await cli.oubli("restore", "backups", "--ledger", "log");
  assert.equal(restored.exit, EXIT.done, restored.err);
  assert.match(restored.out, /1 erasure or correction done again/);

  assert.equal(await told(cli), 2);
  assert.equal((await cli.oubli("audit", "verify")).exit, EXIT.done);
  assert.equal((await cli.oubli("doctor")).exit, EXIT.done);
  const ledger = key.logs.find(({ log }) => log === "ledger")!.verifierKey;
  const folder = join("backups", made.backup);
  const verified = await cli.oubli("verify", "--backup", folder, "--key", ledger);
  assert.equal(verified.exit, EXIT.done, verified.out);
  await writeFile(cli.path(folder, "keys.snapshot"), "nothing");
  assert.equal((await cli.oubli("verify", "--backup", folder, "--key", ledger)).exit, EXIT.failed);
});

test("a folder that is not there is named, and a backup goes into no folder that it is of", async () => {
  await using cli = await openWithAda();
  for (const inside of ["oubli-data", "oubli-data/backups", "oubli-root"]) {
    const refused = await cli.oubli("backup", inside);
    assert.match(refused.err, /^FILE: <target> lies in the store's folder/, inside);
  }
  await cli.oubli("backup", "oubli-data-backups");
  await rm(cli.path("oubli-data"), { recursive: true });
  const nowhere = await cli.oubli("restore", "bakcups");
  assert.equal(nowhere.err, "FILE: <from> names no folder that is there");
  const unlogged = await cli.oubli("restore", "oubli-data-backups", "--ledger", "lgo");
  assert.equal(unlogged.err, "FILE: --ledger names no folder that is there");
  assert.equal((await cli.oubli("restore", "oubli-data-backups")).exit, EXIT.done);
});

test("backups are listed until they are ended", async () => {
  await using cli = await openWithAda();
  const { backup } = (await cli.oubli("backup", "b", "--json")).json<{ backup: string }>();
  await cli.oubli("backup", "b", "--keys-only", "--ends", "2999-01-01");
  const listed = (await cli.oubli("backup", "list", "--json")).json<{
    backups: { id: string; scope: string }[];
  }>();
  assert.deepEqual(
    listed.backups.map(({ scope }) => scope),
    ["keys", "full"],
  );
  assert.equal((await cli.oubli("backup", "end", backup)).exit, EXIT.done);
  assert.equal((await cli.oubli("backup", "list", "--json")).json<{ count: number }>().count, 1);
  assert.match((await cli.oubli("backup", "end", backup)).err, /^NOT_FOUND/);
  assert.match((await cli.oubli("backup", "b", "--target-region", "us")).err, /^PROCESSOR_REFUSED/);
  const kept = await cli.oubli("backup", "b", "--keys-only", "--keep", "1");
  assert.match(kept.out, /older ones destroyed: 1/);
  assert.match((await cli.oubli("backup", "b", "--keep", "0")).err, /^INPUT_INVALID/);
});

test("a stream is a tar file, of which any tar makes a backup's folder", async () => {
  await using cli = await openWithAda();
  const main = join(import.meta.dirname, "main.ts");
  const flags = ["--conditions=oubli-source", "--disable-warning=ExperimentalWarning", main];
  const tar = execFileSync(process.execPath, [...flags, "backup", "-"], {
    cwd: cli.folder,
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 64 * 1024 * 1024,
  });
  await rm(cli.path("oubli-data"), { recursive: true });
  execFileSync(process.execPath, [...flags, "restore", "-"], { cwd: cli.folder, input: tar });
  assert.equal(await told(cli), 3);

  await writeFile(cli.path("b.tar"), tar);
  execFileSync("mkdir", ["taken"], { cwd: cli.folder });
  execFileSync("tar", ["xf", "../b.tar"], { cwd: cli.path("taken") });
  assert.equal(readdirSync(cli.path("taken")).length, 4);
});

test("what destroys a store, or gives its history up, is said twice", async () => {
  await using cli = await openWithAda();
  await cli.oubli("backup", "b");
  assert.match((await cli.oubli("restore", "b")).err, /^RESTORE_OCCUPIED/);
  assert.match((await cli.oubli("restore", "b", "--replace")).err, /^USAGE: --replace destroys/);
  assert.match((await cli.oubli("restore", "b", "--fork")).err, /^USAGE: --fork and --reason/);
  await writeFile(cli.path("erased"), '{"subject": "ada"}\n');
  const listed = ["--fork", "--reason", "lost", "--erased", "erased"];
  const ran = await cli.oubli("restore", "b", "--replace", "--yes", ...listed);
  assert.match(ran.err, /^FILE: --erased, line 1: not a subject's id/);
  assert.equal(await told(cli), 3);
});
