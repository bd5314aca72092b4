import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { stripVTControlCharacters } from "node:util";

import { openCli } from "./cli-world.test.ts";
import { CliError } from "./cli-error.ts";
import { VARIABLES, withEnvironment, type Environment } from "./environment.ts";
import { targetsOf } from "./open.ts";
import { run } from "./run.ts";

const NONE = {
  json: false,
  dir: null,
  store: null,
  root: null,
  config: null,
  region: null,
  tenant: null,
  admin: null,
  logins: [],
  connectionsMax: null,
  sweepSeconds: null,
  fresh: { jurisdictions: ["*"] },
};
const read = (environment: Environment) => withEnvironment(NONE, environment);
const SECRET = "hunter2";
const URL = `postgres://app:${SECRET}@db.example/oubli`;

describe("settings from the environment alone", () => {
  test("say where a store is, what its region is called and serves, and by which laws", async () => {
    const settings = read({
      OUBLI_STORE: URL,
      OUBLI_ROOT: "keys",
      OUBLI_REGION: "eu",
      OUBLI_JURISDICTIONS: "DE, FR",
      OUBLI_PACKS: "gdpr,hipaa",
      OUBLI_HIPAA_COVERED: "true",
      OUBLI_HOSTS: "self",
      OUBLI_TENANT: "clinic",
      OUBLI_CONNECTIONS: "4",
    });
    const [target, ...others] = await targetsOf(settings, "/nowhere");
    const { config, region, configured, connectionsMax } = target!;
    assert.deepEqual([region, others, configured, connectionsMax], ["eu", [], false, 4]);
    const { store, root, jurisdictions, hipaaCovered, hosts } = config.regions["eu"]!;
    assert.deepEqual([store, root], [URL, "/nowhere/keys"]);
    assert.deepEqual([jurisdictions, hipaaCovered], [["DE", "FR"], true]);
    assert.equal(hosts, undefined, "nobody else has a host");
    const [foreign] = await targetsOf(read({ OUBLI_STORE: URL }), "/nowhere");
    assert.equal(foreign!.config.regions["default"]!.hosts?.memory, null);
    const packs = config.policy.packs.map(({ name }) => name as string);
    assert.ok(packs.includes("hipaa"));
    assert.equal(settings.tenant, "clinic");
  });

  test("name each database apart, and the notary's", () => {
    const parts = { memory: "postgres://m/o", keys: "postgres://k/o", audit: "postgres://a/o" };
    const environment = {
      OUBLI_STORE_MEMORY: parts.memory,
      OUBLI_STORE_KEYS: parts.keys,
      OUBLI_STORE_AUDIT: parts.audit,
    };
    assert.deepEqual(read(environment).store, parts);
    const notary = "postgres://n/o";
    assert.deepEqual(read({ OUBLI_STORE: URL, OUBLI_STORE_NOTARY: notary }).store, {
      memory: URL,
      keys: URL,
      audit: URL,
      notary,
    });
    assert.throws(() => read({ OUBLI_STORE_KEYS: "postgres://k/o" }), CliError);
  });

  test("yield to flags", () => {
    const environment = { OUBLI_STORE: URL, OUBLI_REGION: "eu", OUBLI_TENANT: "a" };
    const flags = { ...NONE, dir: "here", region: "us", tenant: "b" };
    const { store, dir, region, tenant } = withEnvironment(flags, environment);
    assert.deepEqual([store, dir, region, tenant], [null, "here", "us", "b"]);
  });

  test("that are empty are not set", () => {
    assert.deepEqual(read(Object.fromEntries(VARIABLES.map((name) => [name, " "]))), read({}));
  });

  for (const [name, value] of [
    ["OUBLI_PACKS", SECRET],
    ["OUBLI_HIPAA_COVERED", SECRET],
    ["OUBLI_HOSTS", SECRET],
    ["OUBLI_CONNECTIONS", SECRET],
    ["OUBLI_SWEEP_SECONDS", "0"],
  ] as const) {
    test(`${name} that cannot be read is named, and its value is not told`, () => {
      assert.throws(
        () => read({ [name]: value }),
        (error) =>
          error instanceof CliError &&
          error.message.includes(name) &&
          !error.message.includes(SECRET),
      );
    });
  }
});

test("no command tells a password, whatever is wrong with an address", async () => {
  await using cli = await openCli();
  const lines: string[] = [];
  const terminal = {
    print: (line: string) => void lines.push(line),
    complain: (line: string) => void lines.push(line),
    style: (_: unknown, text: string) => stripVTControlCharacters(text),
    progress: () => ({ step: () => {}, end: () => {} }),
  };
  for (const store of [
    `postgres://app:${SECRET}@127.0.0.1:1/oubli`,
    `postgres://app:${SECRET}@127.0.0.1:1/oubli?${SECRET}=1`,
    `postgres://app:${SECRET}@/`,
    `postgre://app:${SECRET}@127.0.0.1/oubli`,
  ]) {
    for (const words of [["init"], ["doctor"], ["store", "migrate"], ["list", "ada"]]) {
      const environment = { OUBLI_STORE: store, OUBLI_ADMIN: store };
      assert.notEqual(await run(words, { terminal, folder: cli.folder, environment }), 0);
    }
  }
  assert.ok(lines.length >= 16);
  assert.ok(!lines.join("\n").includes(SECRET), lines.join("\n"));
});

test("docs/reference/configuration.md lists exactly the variables that are read", () => {
  const page = new globalThis.URL("../../docs/reference/configuration.md", import.meta.url);
  const listed = [...readFileSync(page, "utf8").matchAll(/^\| `(OUBLI_[A-Z_]+)`/gm)].map(
    (match) => match[1],
  );
  assert.deepEqual(listed, [...VARIABLES]);
});
