import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { DAY_MS, systemClock } from "#kernel";

import { until } from "../../../test/support/until.ts";
import { POLICY, startVault, type VaultServer } from "../../../test/support/vault-server.ts";
import { vaultRootProvider } from "./vault-root.ts";

const rootOn = (vault: VaultServer, parameters = "", token = vault.token) =>
  vaultRootProvider({
    root: vault.root + parameters,
    region: "eu",
    clock: systemClock,
    token,
    timeoutMs: 60_000,
  });

/** What a proxy, or a mount of another kind, says of a path that it does not know. */
const NOTHING = JSON.stringify({ errors: [] });

describe("destroying", () => {
  test("allows the deletion, deletes, and looks that the key is gone", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    await root.create(1);
    await root.create(2);
    vault.requests.length = 0;
    const evidence = await root.destroy(1);
    assert.deepEqual(vault.requests, [
      "GET transit/keys/oubli-eu-1",
      "POST transit/keys/oubli-eu-1/config",
      "DELETE transit/keys/oubli-eu-1",
      "GET transit/keys/oubli-eu-1",
      "LIST transit/keys",
    ]);
    assert.equal(evidence.method, "transit-key-deleted");
    assert.equal(evidence.irreversibleAt, evidence.destroyedAt);
    assert.deepEqual([...vault.keys.keys()], ["oubli-eu-2"]);
  });

  test("is irreversible only when the longest-kept snapshot of Vault has ended", async () => {
    await using vault = await startVault();
    const root = rootOn(vault, "?snapshot-days=30");
    await root.create(1);
    await root.create(2);
    const { destroyedAt, irreversibleAt } = await root.destroy(1);
    assert.equal(irreversibleAt - destroyedAt, 30 * DAY_MS);
  });

  test("says that copies were allowed where someone allowed them", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    await root.create(1);
    await root.create(2);
    vault.keys.get("oubli-eu-1")!.allowPlaintextBackup = true;
    assert.equal((await root.destroy(1)).method, "transit-key-deleted-copies-were-allowed");
  });

  test("gives no evidence while the key is still found", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    await root.create(1);
    await root.create(2);
    // A replica that is behind: the deletion is answered, and the key is still read.
    vault.fail({ at: "DELETE", status: 204 });
    await assert.rejects(root.destroy(1), { code: "ROOT_UNAVAILABLE", retryable: true });
    assert.equal((await root.destroy(1)).method, "transit-key-deleted");
  });

  test("that a policy forbids is refused, and the key stays", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    await root.create(1);
    await root.create(2);
    const policy = { ...POLICY, "transit/keys/*": ["read", "update"] as const };
    vault.tokens.get(vault.token)!.policy = policy;
    await assert.rejects(root.destroy(1), { code: "ROOT_REFUSED", retryable: false });
    assert.equal(vault.keys.size, 2);
  });

  test("whose answer was lost is recognised as done", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    await root.create(1);
    await root.create(2);
    vault.fail({ at: "DELETE", drop: "after" });
    assert.equal((await root.destroy(1)).method, "transit-key-deleted");
  });

  test("is not taken back by an answer that was on its way", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    await root.create(1);
    await root.create(2);
    const { promise: late, resolve: arrive } = Promise.withResolvers<void>();
    vault.fail({ at: "hmac", late });
    const asked = vault.requests.length;
    const onItsWay = root.key(1);
    const isAsked = () => vault.requests.slice(asked).some((line) => line.includes("hmac"));
    await until(isAsked, () => "the key is asked for");
    await root.destroy(1);
    arrive();
    assert.ok(await onItsWay);
    await vault.down();
    await assert.rejects(root.key(1), { code: "ROOT_UNAVAILABLE" });
  });

  test("needs the engine's own word: a missing mount, another namespace, or a page is none", async () => {
    await using vault = await startVault();
    await rootOn(vault).create(1);
    await rootOn(vault).create(2);
    vault.fail({ at: "keys/oubli-eu-1", status: 404, page: "<html>Not found</html>" });
    await assert.rejects(rootOn(vault).destroy(1), { code: "ROOT_REFUSED" });
    await assert.rejects(rootOn(vault, "?namespace=other").destroy(1), { code: "ROOT_REFUSED" });
    await assert.rejects(rootOn(vault, "?namespace=other").key(1), { code: "ROOT_REFUSED" });
    await assert.rejects(rootOn(vault, "?namespace=other").epochs(), { code: "ROOT_REFUSED" });
    vault.tokens.get(vault.token)!.policy = { "*": ["read", "update", "delete", "list"] };
    const elsewhere = vault.root.replace(/transit$/, "other");
    const root = vaultRootProvider({
      root: elsewhere,
      region: "eu",
      clock: systemClock,
      token: vault.token,
    });
    await assert.rejects(root.destroy(1), { code: "ROOT_REFUSED" });
    assert.equal(vault.keys.size, 2);
  });

  test("is not believed of a 404 that anybody could have sent, while the list has the key", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    await root.create(1);
    await root.create(2);
    vault.fail({ at: "GET transit/keys/oubli-eu-1", status: 404, page: NOTHING, times: 99 });
    await assert.rejects(root.destroy(1), {
      code: "ROOT_UNAVAILABLE",
      retryable: true,
      details: { epoch: 1, reason: "not-proved-gone" },
    });
    assert.equal(vault.keys.size, 2);
  });

  test("is not believed of a mount that lists no other key of the region, or has no list", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    const us = { root: vault.root, region: "us", clock: systemClock, token: vault.token };
    await vaultRootProvider(us).create(2);
    await assert.rejects(root.destroy(1), { code: "ROOT_UNAVAILABLE", retryable: true });
    await root.create(2);
    vault.fail({ at: "LIST", status: 404, page: NOTHING, times: 99 });
    await assert.rejects(root.destroy(1), { code: "ROOT_UNAVAILABLE", retryable: true });
  });

  test("is believed once a list that is behind has caught up", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    await root.create(1);
    await root.create(2);
    const behind = JSON.stringify({ data: { keys: ["oubli-eu-1", "oubli-eu-2"] } });
    vault.fail({ at: "LIST", status: 200, page: behind });
    assert.equal((await root.destroy(1)).method, "transit-key-deleted");
  });
});
