import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { openOubli } from "#engine";
import { DAY_MS, systemClock, type Clock, type EpochMs } from "#kernel";

import { startVault } from "../support/vault-server.ts";
import { openShell } from "./spawn-cli.ts";

/** A folder, a Vault, and its token in this process's environment. */
async function world(settings = "") {
  const folder = mkdtempSync(join(tmpdir(), "oubli-vault-journey-"));
  const vault = await startVault();
  process.env["VAULT_TOKEN"] = vault.token;
  const region = {
    jurisdictions: ["*"],
    store: `sqlite:${join(folder, "data")}`,
    root: `${vault.root}?folder=${encodeURIComponent(join(folder, "notary"))}${settings}`,
  };
  return {
    vault,
    folder,
    open: (clock: Clock = systemClock) =>
      openOubli({ regions: { eu: region } }, { sweep: "manual", clock }),
    async [Symbol.asyncDispose]() {
      delete process.env["VAULT_TOKEN"];
      await vault[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

const CONSENT = { policyVersion: "2026-11", mechanism: "signup" };

test("with a Vault as root, no root key is on disk, and an erasure ends with its transit key", async () => {
  await using place = await world();
  await using oubli = await place.open();
  const ada = await oubli.subject("ada", { consent: CONSENT });
  const memory = ada.session({ purpose: "assistant" });
  await memory.remember("The kettle is blue.");
  assert.deepEqual(
    readdirSync(join(place.folder, "notary")).filter((name) => name.includes("epoch")),
    [],
  );
  assert.deepEqual([...place.vault.keys.keys()], ["oubli-eu-1"]);

  await ada.erase();
  const { rotation, final } = await oubli.rotate();
  assert.equal(final, 1);
  assert.equal(rotation.evidence?.provider, "vault");
  assert.equal(rotation.evidence?.method, "transit-key-deleted");
  assert.deepEqual([...place.vault.keys.keys()], ["oubli-eu-2"]);
});

test("while a snapshot of Vault may hold the root key, no erasure is final; a sweep says so when none may", async () => {
  await using place = await world("&snapshot-days=30");
  let now = Date.UTC(2026, 10, 1);
  await using oubli = await place.open({ now: () => now as EpochMs });
  const ada = await oubli.subject("ada", { consent: CONSENT });
  await ada.session({ purpose: "assistant" }).remember("The kettle is blue.");
  const { erasure } = await ada.erase();
  const stage = async () => (await oubli.certificate(ada.id, erasure)).stage;

  assert.equal((await oubli.rotate()).final, 0);
  assert.equal(await stage(), "executed");
  now += 29 * DAY_MS;
  assert.equal((await oubli.sweep()).final, 0);
  now += DAY_MS;
  assert.equal((await oubli.sweep()).final, 1);
  assert.equal(await stage(), "final");
});

test("a 404 from a proxy makes no erasure final: the next rotation deletes the key, and does", async () => {
  await using place = await world();
  await using oubli = await place.open();
  const ada = await oubli.subject("ada", { consent: CONSENT });
  await ada.session({ purpose: "assistant" }).remember("The kettle is blue.");
  await ada.erase();
  const page = JSON.stringify({ errors: [] });
  place.vault.fail({ at: "GET transit/keys/oubli-eu-1", status: 404, page, times: 6 });
  await assert.rejects(oubli.rotate(), { code: "ROOT_UNAVAILABLE", retryable: true });
  assert.ok(place.vault.keys.has("oubli-eu-1"));
  const { rotation, final } = await oubli.rotate();
  assert.equal(final, 1);
  assert.equal(rotation.evidence?.method, "transit-key-deleted");
  assert.deepEqual([...place.vault.keys.keys()], ["oubli-eu-2"]);
});

test("a store that could not be opened while Vault was down is opened once it is back", async () => {
  await using place = await world();
  await place.vault.down();
  await assert.rejects(place.open(), { code: "ROOT_UNAVAILABLE", retryable: true });
  await place.vault.up();
  await using oubli = await place.open();
  assert.ok(await oubli.subject("ada", { consent: CONSENT }));
});

test("what is open recalls, remembers and erases while Vault is down; only a rotation waits", async () => {
  await using place = await world();
  await using oubli = await place.open();
  const ada = await oubli.subject("ada", { consent: CONSENT });
  const memory = ada.session({ purpose: "assistant" });
  await memory.remember("The kettle is blue.");
  await place.vault.down();
  assert.equal((await memory.recall("kettle")).nodes.length, 1);
  await memory.remember("The teapot is green.");
  await ada.erase();
  await assert.rejects(oubli.rotate(), { code: "ROOT_UNAVAILABLE", retryable: true });
  await place.vault.up();
  assert.equal((await oubli.rotate()).final, 1);
});

test("a token that may not is told so when the store is opened", async () => {
  await using place = await world();
  process.env["VAULT_TOKEN"] = "hvs.another";
  await assert.rejects(place.open(), { code: "ROOT_REFUSED", retryable: false });
});

test("the command line takes a Vault for its root, and makes no folder of that name", async () => {
  await using place = await world();
  await using shell = await openShell();
  {
    await using oubli = await place.open();
    await oubli.subject("ada", { consent: CONSENT });
  }
  const root = `${place.vault.root}?folder=${encodeURIComponent(join(place.folder, "notary"))}`;
  const where = ["--dir", join(place.folder, "data"), "--root", root];
  const { exit, err } = await shell.oubli("keys", "rotate", ...where);
  assert.equal(exit, 0, err);
  assert.deepEqual([...place.vault.keys.keys()], ["oubli-eu-2"]);
  assert.deepEqual(readdirSync(shell.folder), []);
});
