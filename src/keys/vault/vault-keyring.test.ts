import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { isOubliError, randomIds, type EpochMs } from "#kernel";

import { until } from "../../../test/support/until.ts";
import { startVault } from "../../../test/support/vault-server.ts";
import { openKeyStore } from "../../store/sqlite/key-store.ts";
import { CACHE_MS_MAX } from "../epochs.ts";
import { keyName } from "../key-names.ts";
import { openKeyring } from "../open-keyring.ts";
import { vaultRootProvider } from "./vault-root.ts";

/** Processes of one region whose root keys are in one Vault. */
async function world() {
  const folder = mkdtempSync(join(tmpdir(), "oubli-vault-keys-"));
  const time = { now: 1_800_000_000_000 };
  const clock = { now: () => time.now as EpochMs };
  const vault = await startVault();
  const opened: { close?(): unknown }[] = [];
  return {
    vault,
    time,
    async process() {
      const store = openKeyStore(join(folder, "keys.db"));
      opened.push(store);
      const { root: address, token } = vault;
      const options = { root: address, region: "eu", clock, token, timeoutMs: 60_000 };
      const root = vaultRootProvider(options);
      const keyring = await openKeyring({ store, root, clock, ids: randomIds, region: "eu" });
      opened.push(root, keyring);
      return keyring;
    },
    async [Symbol.asyncDispose]() {
      for (const one of opened) await one.close?.();
      await vault[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

type Process = Awaited<ReturnType<Awaited<ReturnType<typeof world>>["process"]>>;

async function furnish(keys: Process) {
  const { subject } = await keys.register("acme", "ada");
  const ref = { node: randomIds.next("node"), revision: 1 };
  const [key] = await keys.mintNodeKeys(subject, [ref]);
  return {
    subject,
    async check(process: Process): Promise<void> {
      assert.equal(await process.find("acme", "ada"), subject);
      assert.ok((await process.nodeKeys(subject)).get(keyName(ref))!.equals(key!));
    },
  };
}

test("processes with one Vault open each other's keys", async () => {
  await using place = await world();
  const ada = await furnish(await place.process());
  await ada.check(await place.process());
});

test("a process that opens while Vault is down or sealed fails, and opens when it is back", async () => {
  await using place = await world();
  const ada = await furnish(await place.process());
  await place.vault.down();
  await assert.rejects(place.process(), { code: "ROOT_UNAVAILABLE", retryable: true });
  await place.vault.up();
  place.vault.sealed = true;
  await assert.rejects(place.process(), { code: "ROOT_UNAVAILABLE", retryable: true });
  place.vault.sealed = false;
  await ada.check(await place.process());
});

test("a new store makes no epoch while Vault is down", async () => {
  await using place = await world();
  await place.vault.down();
  await assert.rejects(place.process(), { code: "ROOT_UNAVAILABLE" });
  await place.vault.up();
  assert.deepEqual(
    (await (await place.process()).epochs()).map(({ epoch }) => epoch),
    [1],
  );
});

test("a process that is open serves and mints while Vault is down, past every cache's end", async () => {
  await using place = await world();
  const keys = await place.process();
  const ada = await furnish(keys);
  await place.vault.down();
  for (let minutes = 0; minutes < 3; minutes += 1) {
    place.time.now += 2 * CACHE_MS_MAX;
    await ada.check(keys);
    const { subject } = await keys.register("acme", `person-${minutes}`);
    await keys.mintNodeKeys(subject, [{ node: randomIds.next("node"), revision: 1 }]);
  }
});

test("a root key that was deleted in Vault serves nobody once that is noticed", async () => {
  await using place = await world();
  const keys = await place.process();
  const ada = await furnish(keys);
  place.vault.keys.clear();
  // Where a second passes before Vault answers, it goes by what it had.
  await until(
    () => {
      place.time.now += 2 * CACHE_MS_MAX;
      return ada.check(keys).then(
        () => false,
        (error: unknown) => isOubliError(error, "ROOT_MISSING"),
      );
    },
    () => "it is missing",
  );
});

test("a rotation that begins while Vault is down fails, changes nothing, and runs later", async () => {
  await using place = await world();
  const keys = await place.process();
  const ada = await furnish(keys);
  await place.vault.down();
  await assert.rejects(keys.rotate(), { code: "ROOT_UNAVAILABLE", retryable: true });
  await ada.check(keys);
  assert.deepEqual(
    (await keys.epochs()).map(({ state }) => state),
    ["active"],
  );
  await place.vault.up();
  const { from, to, evidence } = await keys.rotate();
  assert.deepEqual([from, to, evidence?.provider], [1, 2, "vault"]);
  assert.deepEqual([...place.vault.keys.keys()], ["oubli-eu-2"]);
  await ada.check(keys);
});

test("a rotation that loses Vault at any of its calls is finished by the next", async () => {
  await using place = await world();
  const { requests, failWhen } = place.vault;
  const keys = await place.process();
  const ada = await furnish(keys);
  await keys.rotate();
  const from = requests.length;
  await keys.rotate();
  const calls = requests.slice(from);
  assert.ok(calls.length > 5, "a rotation calls Vault several times");

  let failures = 0;
  for (const [at, call] of calls.entries()) {
    // Whether a reading was answered to nobody, or not at all, is the same to Vault.
    const isReading = /^(GET|LIST)|hmac/.test(call);
    for (const side of isReading ? (["before"] as const) : (["before", "after"] as const)) {
      let seen = 0;
      failWhen(() => (seen += 1) > at, side);
      await keys.rotate().catch((error: unknown) => {
        assert.ok(isOubliError(error, "ROOT_UNAVAILABLE"), String(error));
        failures += 1;
      });
      place.time.now += 2 * CACHE_MS_MAX;
      await ada.check(keys);
      failWhen(null, side);
      await keys.rotate();
      await ada.check(keys);
      await ada.check(await place.process());
      const live = (await keys.epochs()).filter(({ state }) => state !== "destroyed");
      assert.equal(live.length, 1);
    }
  }
  assert.ok(failures > calls.length, "the control: the losses were felt");
});
