import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { inspect } from "node:util";

import { OubliError, systemClock } from "#kernel";

import { until } from "../../../test/support/until.ts";
import { TEST_CERTIFICATE } from "../../../test/support/test-certificate.ts";
import { startVault, type VaultServer } from "../../../test/support/vault-server.ts";
import { rootProviderRules } from "../root-provider-rules.ts";
import { vaultRootProvider } from "./vault-root.ts";

const rootOn = (
  vault: VaultServer,
  parameters = "",
  token = vault.token,
  // Nothing here is to fail because the machine is slow.
  timeoutMs = 60_000,
) =>
  vaultRootProvider({
    root: vault.root + parameters,
    region: "eu",
    clock: systemClock,
    token,
    timeoutMs,
  });

/** Of a Vault that was slow for a second a key is had that it no longer gives: it is asked again. */
const noLonger = (serves: () => Promise<boolean>) =>
  until(
    async () => !(await serves()),
    () => "it serves no longer",
  );

const exported = async (root: ReturnType<typeof rootOn>, epoch: number) =>
  (await root.key(epoch))?.export().toString("hex");

const isOther = (code: string) => (error: unknown) =>
  !(error instanceof OubliError) || error.code !== code;

function place() {
  const folder = mkdtempSync(join(tmpdir(), "oubli-vault-"));
  return {
    write(name: string, text: string): string {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

describe("the vault root keeps the promises of every root provider", () => {
  for (const { rule, check } of rootProviderRules) {
    test(rule, async () => {
      await using vault = await startVault();
      await check(rootOn(vault));
    });
  }
});

const real = process.env["OUBLI_TEST_VAULT_ADDR"];
const skip = real === undefined && "OUBLI_TEST_VAULT_ADDR and OUBLI_TEST_VAULT_TOKEN name none";

describe("a real Vault keeps them too", { skip }, () => {
  for (const { rule, check } of rootProviderRules) {
    test(rule, async () => {
      const region = `test-${randomBytes(6).toString("hex")}`;
      const token = String(process.env["OUBLI_TEST_VAULT_TOKEN"]);
      const root = `vault:${real}/transit`;
      const provider = vaultRootProvider({ root, region, clock: systemClock, token });
      try {
        await check(provider);
      } finally {
        // The last one is deleted too, though nothing is left that could prove it.
        for (const epoch of await provider.epochs()) await provider.destroy(epoch).catch(() => {});
        provider.close!();
      }
    });
  }
});

describe("a key", () => {
  test("is the same for every process, and no transit key can be exported", async () => {
    await using vault = await startVault();
    await rootOn(vault).create(1);
    assert.equal(await exported(rootOn(vault), 1), await exported(rootOn(vault), 1));
    assert.deepEqual([...vault.keys.keys()], ["oubli-eu-1"]);
    assert.equal(vault.keys.get("oubli-eu-1")!.exportable, false);
  });

  test("stays the same when an operator rotates the transit key", async () => {
    await using vault = await startVault();
    await rootOn(vault).create(1);
    const before = await exported(rootOn(vault), 1);
    vault.keys.get("oubli-eu-1")!.versions.push(randomBytes(32));
    assert.equal(await exported(rootOn(vault), 1), before);
  });

  test("whose first version an operator disallowed is refused, and not called missing", async () => {
    await using vault = await startVault();
    await rootOn(vault).create(1);
    const key = vault.keys.get("oubli-eu-1")!;
    key.versions.push(randomBytes(32));
    key.minEncryptionVersion = 2;
    await assert.rejects(rootOn(vault).key(1), { code: "ROOT_REFUSED", retryable: false });
  });

  test("of another region, or of a region whose name goes on, is not listed", async () => {
    await using vault = await startVault();
    const on = (region: string) =>
      vaultRootProvider({ root: vault.root, region, clock: systemClock, token: vault.token });
    await on("eu").create(2);
    await on("eu-1").create(3);
    await on("us").create(4);
    assert.deepEqual(await on("eu").epochs(), [2]);
    assert.deepEqual(await on("eu-1").epochs(), [3]);
  });

  test("that many ask for at once is fetched once", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    await root.create(1);
    await Promise.all(Array.from({ length: 20 }, () => root.key(1)));
    const fetched = vault.requests.filter((line) => line.includes("hmac"));
    assert.equal(fetched.length, 1);
  });
});

describe("when Vault does not answer as it should", () => {
  test("a sealed, overloaded or lagging Vault is asked again, and is then unavailable", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    await root.create(1);
    for (const status of [412, 429, 500, 502, 503]) {
      vault.fail({ at: "hmac", status });
      assert.ok(await root.key(1), String(status));
    }
    vault.sealed = true;
    vault.requests.length = 0;
    await assert.rejects(root.epochs(), {
      code: "ROOT_UNAVAILABLE",
      details: { act: "list-keys", status: 503 },
    });
    assert.equal(vault.requests.length, 4);
  });

  test("a broken connection, an answer that never comes and a closed port are unavailable", async () => {
    await using vault = await startVault();
    const root = rootOn(vault, "", vault.token, 100);
    vault.fail({ at: "keys", drop: "before", times: 4 });
    await assert.rejects(root.epochs(), { code: "ROOT_UNAVAILABLE" });
    vault.fail({ at: "keys", silent: true, times: 4 });
    await assert.rejects(root.epochs(), { code: "ROOT_UNAVAILABLE" });
    await vault.down();
    await assert.rejects(root.epochs(), { code: "ROOT_UNAVAILABLE", retryable: true });
  });

  test("one broken connection is passed over", async () => {
    await using vault = await startVault();
    vault.fail({ at: "keys", drop: "before" });
    assert.deepEqual(await rootOn(vault).epochs(), []);
  });

  test("a key that was made while the connection broke is not taken for one's own", async () => {
    await using vault = await startVault();
    vault.fail({ at: "POST transit/keys", drop: "after" });
    assert.equal(await rootOn(vault).create(1), "exists");
  });

  test("a token that may not is refused at once, and its error has no secret in it", async () => {
    await using vault = await startVault();
    const secret = "hvs.a-token-that-nobody-knows";
    const root = rootOn(vault, "", secret);
    vault.requests.length = 0;
    const error = await root.key(1).then(
      () => assert.fail("it was answered"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof OubliError);
    assert.equal(error.code, "ROOT_REFUSED");
    assert.equal(error.retryable, false);
    assert.match(error.message, /its policy does not allow this act/);
    assert.doesNotMatch(inspect(error, { showHidden: true, depth: 9 }), /hvs|127\.0\.0\.1/);
    assert.equal(vault.requests.filter((line) => line.includes("hmac")).length, 1);
  });

  test("no token, or one with a line break in it, is refused before anything is sent", async () => {
    await using vault = await startVault();
    for (const token of ["", "hvs.a\r\nX-Other: b"]) {
      await assert.rejects(rootOn(vault, "", token).epochs(), { code: "ROOT_REFUSED" });
    }
    assert.deepEqual(vault.requests, []);
  });

  test("a redirect is not followed", async () => {
    await using vault = await startVault();
    vault.fail({ at: "keys", status: 307 });
    await assert.rejects(rootOn(vault).epochs(), { code: "ROOT_REFUSED" });
    assert.equal(vault.requests.length, 1);
  });
});

describe("a key that was fetched", () => {
  test("serves on while Vault is down, sealed or slow", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    await root.create(1);
    const before = await exported(root, 1);
    vault.sealed = true;
    assert.equal(await exported(root, 1), before);
    vault.sealed = false;
    vault.fail({ at: "hmac", silent: true });
    assert.equal(await exported(root, 1), before);
    await vault.down();
    assert.equal(await exported(root, 1), before);
    await vault.up();
    assert.equal(await exported(root, 1), before);
  });

  test("serves no longer once another process destroyed it", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    await root.create(1);
    assert.ok(await root.key(1));
    await rootOn(vault).create(2);
    await rootOn(vault).destroy(1);
    await noLonger(async () => (await root.key(1)) !== null);
    await vault.down();
    await assert.rejects(root.key(1), { code: "ROOT_UNAVAILABLE" });
  });

  test("serves no longer once the token was revoked", async () => {
    await using vault = await startVault();
    const root = rootOn(vault);
    await root.create(1);
    assert.ok(await root.key(1));
    vault.tokens.clear();
    await noLonger(() => root.key(1).then(Boolean, isOther("ROOT_REFUSED")));
    await vault.down();
    await assert.rejects(root.key(1), { code: "ROOT_UNAVAILABLE" });
  });
});

describe("the token", () => {
  test("is renewed at half of its life while nobody calls, until the provider is closed", async (t) => {
    const waits: { run(): void; ms: number; unref(): object }[] = [];
    t.mock.method(globalThis, "setTimeout", (run: () => void, ms: number) => {
      waits.push({ run, ms, unref: () => waits.at(-1)! });
      return waits.at(-1);
    });
    const clear = t.mock.method(globalThis, "clearTimeout", () => {});
    await using vault = await startVault();
    const token = vault.tokens.get(vault.token)!;
    Object.assign(token, { expiresAt: Date.now() + 2000_000, period: 2000 });
    const root = rootOn(vault);
    await root.create(1);
    for (let renewals = 0; renewals < 3; renewals += 1) {
      const isWaiting = () => waits.length > renewals;
      await until(isWaiting, () => "it waits for the next half");
      assert.equal(waits[renewals]!.ms, 1000_000);
      waits[renewals]!.run();
    }
    await until(
      () => waits.length === 4,
      () => "it waits for the last time",
    );
    assert.equal(vault.requests.filter((line) => line.includes("renew-self")).length, 3);
    root.close!();
    assert.deepEqual(clear.mock.calls.at(-1)!.arguments, [waits[3]]);
  });

  test("is read from its file at each call, where one is named", async () => {
    await using vault = await startVault();
    using files = place();
    const file = files.write("token", "hvs.of-yesterday\n");
    const root = rootOn(vault, `?token-file=${file}`);
    await assert.rejects(root.epochs(), { code: "ROOT_REFUSED" });
    files.write("token", `${vault.token}\n`);
    assert.deepEqual(await root.epochs(), []);
  });

  test("goes with the headers that Vault asks for, and the namespace", async () => {
    await using vault = await startVault({ namespace: "team/a" });
    assert.deepEqual(await rootOn(vault, "?namespace=team/a").epochs(), []);
    const [headers] = vault.headers;
    assert.equal(headers!["x-vault-request"], "true");
    assert.equal(headers!["x-vault-namespace"], "team/a");
    assert.equal(headers!["x-vault-token"], vault.token);
  });
});

describe("over TLS", () => {
  test("a server that the named authority vouches for is trusted, and no other", async () => {
    await using vault = await startVault({ tls: true });
    using files = place();
    const ca = files.write("ca.pem", TEST_CERTIFICATE);
    assert.deepEqual(await rootOn(vault, `?ca=${ca}`).epochs(), []);
    await assert.rejects(rootOn(vault).epochs(), {
      code: "ROOT_REFUSED",
      details: { act: "list-keys", reason: "certificate" },
    });
    assert.equal(vault.requests.length, 1);
  });

  test("a certificate for another name is not trusted", async () => {
    await using vault = await startVault({ tls: true });
    using files = place();
    const ca = files.write("ca.pem", TEST_CERTIFICATE);
    const root = vaultRootProvider({
      root: `${vault.root.replace("127.0.0.1", "localhost")}?ca=${ca}`,
      region: "eu",
      clock: systemClock,
      token: vault.token,
    });
    await assert.rejects(root.epochs(), { code: "ROOT_REFUSED" });
  });
});

describe("an address", () => {
  for (const [what, root] of [
    ["without TLS to another machine", "vault:http://vault.example:8200/transit"],
    [
      "without TLS to a name that begins like this machine's",
      "vault:http://localhost.example/transit",
    ],
    ["with a password", "vault:https://user:secret@vault.example/transit"],
    ["with a token among its parameters", "vault:https://vault.example/transit?token=hvs.secret"],
    ["without a mount", "vault:https://vault.example"],
    ["whose mount leaves it", "vault:https://vault.example/transit/..%2fsys"],
    ["with a parameter twice", "vault:https://vault.example/transit?ca=a&ca=b"],
    ["with days that are none", "vault:https://vault.example/transit?snapshot-days=4000"],
    ["with a fragment", "vault:https://vault.example/transit#here"],
    ["of another kind", "vault:ftp://vault.example/transit"],
    ["that is none", "vault:vault.example"],
  ] as const) {
    test(`${what} is refused, and not repeated`, () => {
      assert.throws(
        () => vaultRootProvider({ root, region: "eu", clock: systemClock, token: "t" }),
        (error: OubliError) => error.code === "CONFIG_INVALID" && !/secret/.test(error.message),
      );
    });
  }

  test("of a region that cannot stand in a key's name is refused", () => {
    const root = "vault:https://vault.example/transit";
    for (const region of ["../eu", "", "EU", "a/b", "eu."]) {
      assert.throws(() => vaultRootProvider({ root, region, clock: systemClock, token: "t" }), {
        code: "CONFIG_INVALID",
      });
    }
  });
});
