import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import { openCli, type CliWorld } from "./cli-world.test.ts";

/** A system in a file: `{ "<person>": rows }`; the file `<name>.down` takes it away. */
const CONFIG = (folder: string): string => `
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineSource } from ${JSON.stringify(import.meta.resolve("#sources"))};

const file = join(${JSON.stringify(folder)}, "crm.json");
const read = () => {
  if (existsSync(file + ".down")) throw new Error("connect ECONNREFUSED 10.0.0.7 password=hunter2");
  return JSON.parse(readFileSync(file, "utf8"));
};
export const sources = [
  defineSource({
    name: "crm",
    backupsEnd: "P35D",
    async erase({ externalId }) {
      const { [externalId]: rows = 0, ...rest } = read();
      writeFileSync(file, JSON.stringify(rest));
      const collections = [{ name: "rows", records: rows, strategy: "delete" }];
      return { status: "done", recordsDeleted: rows, collections };
    },
    verify: async ({ externalId }) => ({ remaining: read()[externalId] ?? 0 }),
    async *identities() {
      yield* Object.keys(read());
    },
    async check() {
      read();
      return [{ level: "warning", code: "personal-column-undeclared", at: "users.phone" }];
    },
  }),
];
export const preChecks = {
  billing: ({ externalId }) =>
    externalId === "bob"
      ? { code: "open-invoice", ground: "legal-claims", until: new Date("2031-01-01") }
      : "ok",
};
export const config = { regions: { default: { jurisdictions: ["*"], store: ${JSON.stringify(`sqlite:${folder}/oubli-data`)} } } };
`;

async function openWithCrm(): Promise<CliWorld & { rows(): Promise<Record<string, number>> }> {
  const cli = await openCli();
  await writeFile(cli.path("oubli.config.mjs"), CONFIG(cli.folder));
  await writeFile(cli.path("crm.json"), '{"ada":3,"bob":2}');
  await cli.oubli("init");
  for (const who of ["ada", "bob"]) {
    await cli.oubli("consent", "grant", who, "--purpose", "assistant", "--policy-version", "v1");
  }
  const rows = async () => JSON.parse(await readFile(cli.path("crm.json"), "utf8"));
  return { ...cli, rows };
}

describe("oubli sources", () => {
  test("lists what the configuration file gives, and without the file what the store knows", async () => {
    await using cli = await openWithCrm();
    const here = (await cli.oubli("sources", "list", "--json")).json<{ sources: object[] }>();
    assert.deepEqual(
      here.sources.map((one) => [(one as { name: string }).name, (one as { here: boolean }).here]),
      [["crm", true]],
    );
    const away = await cli.oubli("sources", "list", "--dir", "oubli-data");
    assert.match(away.out, /crm {2}primary {2}.*erase.*not here/);
  });

  test("check tells warnings and ends well; a system that is away is an error, and nothing of its own text is told", async () => {
    await using cli = await openWithCrm();
    const well = await cli.oubli("sources", "check");
    assert.equal(well.exit, 0);
    assert.match(well.out, /crm {2}warning {2}personal-column-undeclared {2}users\.phone/);
    await writeFile(cli.path("crm.json.down"), "");
    const away = await cli.oubli("sources", "check");
    assert.equal(away.exit, 4);
    assert.match(away.out, /crm {2}error {2}unreachable/);
    assert.ok(!`${away.out}${away.err}`.includes("hunter2"));
  });

  test("check tells every table and column that is not there, of each source, where all else refuses to open", async () => {
    await using cli = await openCli();
    await cli.oubli("init");
    const database = new DatabaseSync(cli.path("shop.db"));
    database.exec("CREATE TABLE orders (id TEXT PRIMARY KEY, placed TEXT NOT NULL)");
    database.close();
    const table = { identity: { id: "externalId" }, category: "account", erase: "delete" };
    const source = (name: string, tables: object) =>
      `sqlSource({ name: "${name}", url: "sqlite:${cli.path("shop.db")}", tables: ${JSON.stringify(tables)} })`;
    const old = { ...table, anchor: "placed", maxAge: "P1Y" };
    await writeFile(
      cli.path("oubli.config.mjs"),
      `import { sqlSource } from ${JSON.stringify(import.meta.resolve("#connectors"))};
      export const sources = [
        ${source("crm", { people: table, orders: { ...old, access: ["gone"] } })},
        ${source("shop", { orders: old, userz: table })},
        ${source("till", { orders: old })},
      ];
      export const config = { regions: { default: { jurisdictions: ["*"], store: "sqlite:${cli.path("oubli-data")}" } } };`,
    );
    const { out, exit, err } = await cli.oubli("sources", "check");
    assert.equal(err, "");
    const errors = out.split("\n").filter((line) => line.includes("error"));
    assert.deepEqual(
      errors.map((line) => line.split(/ +/)),
      [
        ["crm", "error", "table-missing", "people"],
        ["crm", "error", "column-missing", "orders.gone"],
        ["shop", "error", "table-missing", "userz"],
      ],
    );
    assert.equal(exit, 4);
    assert.match((await cli.oubli("erase", "ada")).err, /CONFIG_INVALID[^]*oubli sources check/);
  });

  test("erase shows where it would go and what stands in its way, then tells each system's answer", async () => {
    await using cli = await openWithCrm();
    assert.match((await cli.oubli("erase", "ada")).out, /Then in crm\./);
    const blocked = await cli.oubli("erase", "bob");
    assert.match(blocked.out, /billing stands in the way: open-invoice, legal-claims, until 2031/);
    const refused = await cli.oubli("erase", "bob", "--execute");
    assert.match(refused.err, /ERASURE_BLOCKED/);
    const done = await cli.oubli("erase", "ada", "--execute", "--certificate", "paper");
    assert.deepEqual([done.exit, await cli.rows()], [0, { bob: 2 }]);
    assert.match(done.out, /crm: 3 records\./);
    const [, key] = /Its key: (\S+)/.exec(done.out)!;
    for (const file of ["paper/certificate.json", "paper/targets/certificate.json"]) {
      const checked = await cli.oubli("verify", file, "--key", key!);
      assert.equal(checked.exit, 0, checked.err);
      const told = /crm: 3 records deleted, looked at/.test(checked.out);
      assert.equal(told, file.includes("targets"), checked.out);
    }
  });

  test("certificates are written later: final behind a rotation, and other systems' once they are done", async () => {
    await using cli = await openWithCrm();
    await cli.oubli("erase", "ada", "--execute");
    const [row] = (await cli.oubli("certificate", "list")).out.split("\n");
    const ids = [...row!.matchAll(/(?:sub|era)_\S+/g)].map(([id]) => id);
    const early = await cli.oubli("certificate", "write", ...ids, "--to", "early");
    assert.match(early.out, /stage executed/);
    await cli.oubli("keys", "rotate");
    const late = await cli.oubli("certificate", "write", ...ids, "--to", "late", "--json");
    assert.partialDeepStrictEqual(late.json(), { stage: "final", settled: true });
    const { verifierKey, files } = late.json<{ verifierKey: string; files: string[] }>();
    for (const file of files.filter((one) => one.endsWith(".json"))) {
      const checked = await cli.oubli("verify", `late/${file}`, "--key", verifierKey);
      assert.equal(checked.exit, 0, checked.err);
      assert.match(checked.out, file.includes("targets") ? /crm: 3 records/ : /final/);
    }
    assert.equal(files.length, 6);
    const again = ["certificate", "write", ...ids, "--to", "late"];
    assert.match((await cli.oubli(...again)).err, /^FILE: --to .* --force/);
    assert.equal((await cli.oubli(...again, "--force")).exit, 0);
  });

  test("an erasure that is over is counted, and with --all listed with the ids that its certificate is written by", async () => {
    await using cli = await openWithCrm();
    await cli.oubli("erase", "ada", "--execute");
    const short = await cli.oubli("sources", "list");
    assert.equal(short.exit, 0);
    assert.match(short.out, /\n1 erasure over: --all\.$/);
    const all = await cli.oubli("sources", "list", "--all");
    const [, ...ids] = /over, with[^]*(sub_\S+) +(era_\S+) +settled +crm: 3/.exec(all.out) ?? [];
    const paper = await cli.oubli("certificate", "write", ...ids, "--to", "paper", "--json");
    assert.ok(paper.json<{ files: string[] }>().files.includes("targets/certificate.json"));
  });

  test("an erasure that a system has not done waits, and is listed; a process without its functions leaves it", async () => {
    await using cli = await openWithCrm();
    await writeFile(cli.path("crm.json.down"), "");
    const waits = await cli.oubli("erase", "ada", "--execute", "--json");
    assert.equal(waits.exit, 3);
    assert.equal(waits.json()["status"], "waiting");
    const listed = await cli.oubli("sources", "list");
    assert.match(listed.out, /not complete:[^]*crm: failed/);
    assert.equal(listed.exit, 3);
    const { subject, erasure } = waits.json<{ subject: string; erasure: string }>();
    const paper = await cli.oubli("certificate", "write", subject, erasure, "--to", "paper");
    assert.match(paper.out, /not done yet: oubli sources list/);
    await cli.oubli("sweep", "--dir", "oubli-data");
    assert.deepEqual(await cli.rows(), { ada: 3, bob: 2 });
  });

  test("the certificate behind a hold's release comes with that of the systems which waited for it", async () => {
    await using cli = await openWithCrm();
    await cli.oubli("remember", "ada", "likes tea", "--category", "preference");
    const placed = await cli.oubli(
      "hold",
      "place",
      "ada",
      "--case",
      "1",
      "--reason",
      "legal-claims",
    );
    const [hold] = /hold_[\w-]+/.exec(placed.out)!;
    await cli.oubli("erase", "ada", "--execute");
    assert.deepEqual(await cli.rows(), { ada: 3, bob: 2 });
    await cli.oubli("hold", "release", "ada", hold);
    assert.deepEqual(await cli.rows(), { bob: 2 });
    const [row] = (await cli.oubli("certificate", "list")).out.split("\n");
    const ids = [...row!.matchAll(/(?:sub|era)_\S+/g)].map(([id]) => id);
    const paper = await cli.oubli("certificate", "write", ...ids, "--to", "paper", "--json");
    assert.ok(paper.json<{ files: string[] }>().files.includes("targets/certificate.json"));
  });

  test("resume shows whom it would ask, and with --execute asks them at once", async () => {
    await using cli = await openWithCrm();
    await writeFile(cli.path("crm.json.down"), "");
    const { targets } = (await cli.oubli("erase", "ada", "--execute", "--json")).json<{
      targets: { case: string };
    }>();
    const again = ["sources", "resume", targets.case, "--identifier", "email=ada@example.org"];
    assert.equal((await cli.oubli(...again, "--execute")).exit, 3);
    await rm(cli.path("crm.json.down"));
    const planned = await cli.oubli(...again);
    assert.match(planned.out, /crm +failed[^]*Would ask again: crm\./);
    assert.deepEqual([planned.exit, await cli.rows()], [0, { ada: 3, bob: 2 }]);
    const done = await cli.oubli(...again, "--execute", "--json");
    assert.deepEqual([done.exit, done.json()["complete"]], [0, true]);
    assert.deepEqual(await cli.rows(), { bob: 2 });
    assert.ok(!done.out.includes("example.org"));
  });

  test("confirm takes a word for one system that is open, and none against rows that are there", async () => {
    await using cli = await openWithCrm();
    await writeFile(cli.path("crm.json.down"), "");
    const { targets } = (await cli.oubli("erase", "ada", "--execute", "--json")).json<{
      targets: { case: string };
    }>();
    await rm(cli.path("crm.json.down"));
    const word = ["sources", "confirm", targets.case, "crm", "--records", "3"];
    assert.match((await cli.oubli(...word, "--execute")).err, /SOURCE_FAILED/);
    await writeFile(cli.path("crm.json"), '{"bob":2}');
    assert.match((await cli.oubli(...word)).out, /Would take your word for crm\./);
    const done = await cli.oubli(...word, "--execute");
    assert.equal(done.exit, 0, done.err);
    assert.match(done.out, /crm +done +3 records +verified/);
    assert.match((await cli.oubli(...word)).err, /NOT_FOUND/);
  });

  test("keys that are restored behind an erasure bring its waiting system back to mind, and it is erased there", async () => {
    for (const how of [
      ["--only", "keys"],
      ["--ledger", "logs"],
    ]) {
      await using cli = await openWithCrm();
      await cli.oubli("backup", "copy");
      await writeFile(cli.path("crm.json.down"), "");
      assert.equal((await cli.oubli("erase", "ada", "--execute")).exit, 3);
      await cli.oubli("audit", "export", "logs");
      await rm(cli.path("crm.json.down"));
      const restored = await cli.oubli("restore", "copy", ...how, "--replace", "--yes");
      assert.equal(restored.exit, 0, restored.err);
      const swept = await cli.oubli("sweep");
      assert.match(swept.out, /In other systems 1 erasure ended; \d wait\./);
      assert.deepEqual(await cli.rows(), { bob: 2 }, how.join(" "));
    }
  });

  test("behind a restore, what settled before it is named by its entry until it has settled again", async () => {
    await using cli = await openWithCrm();
    await cli.oubli("backup", "copy");
    const erased = await cli.oubli("erase", "ada", "--execute", "--json");
    const { subject, erasure } = erased.json<{ subject: string; erasure: string }>();
    await cli.oubli("audit", "export", "logs");
    await cli.oubli("restore", "copy", "--ledger", "logs", "--replace", "--yes");
    const early = await cli.oubli("certificate", "write", subject, erasure, "--to", "early");
    assert.match(early.out, /not done yet: oubli sources list\n/);
    const [, index] = /before a restore: oubli audit prove ledger (\d+) --out/.exec(early.out)!;
    await cli.oubli("audit", "prove", "ledger", index!, "--out", "proof");
    const [, key] = /Its key: (\S+)/.exec(early.out)!;
    const checked = await cli.oubli("verify", "proof/certificate.json", "--key", key!);
    assert.match(checked.out, /crm: 3 records deleted/);
    await cli.oubli("sweep");
    const late = await cli.oubli("certificate", "write", subject, erasure, "--to", "late");
    assert.doesNotMatch(late.out, /before a restore/);
  });

  test("tombstones check only looks, and with --execute erases again whom a restore brought back", async () => {
    await using cli = await openWithCrm();
    await cli.oubli("erase", "ada", "--execute");
    assert.equal((await cli.oubli("tombstones", "check", "crm")).exit, 0);
    await writeFile(cli.path("crm.json"), '{"ada":3,"bob":2}');
    const found = await cli.oubli("tombstones", "check", "crm");
    assert.equal(found.exit, 3);
    assert.match(found.out, /2 names there, 1 looked for, 1 found\.\nNothing was erased/);
    const done = await cli.oubli("tombstones", "check", "crm", "--execute");
    assert.deepEqual([done.exit, await cli.rows()], [0, { bob: 2 }]);
  });

  test("tombstones check names a source that is not given, and no store", async () => {
    await using cli = await openWithCrm();
    const { err, exit } = await cli.oubli("tombstones", "check", "nope");
    assert.deepEqual([exit, err.split(":")[0]], [1, "NOT_FOUND"]);
    assert.match(err, /source[^]*oubli sources list/);
  });

  test("sweep counts the erasures that it ended in other systems", async () => {
    await using cli = await openWithCrm();
    await writeFile(cli.path("crm.json.down"), "");
    await cli.oubli("erase", "ada", "--execute");
    const swept = await cli.oubli("sweep");
    assert.match(swept.out, /In other systems 0 erasures ended; 1 wait\./);
  });

  test("a configuration file whose sources are something else is refused", async () => {
    await using cli = await openCli();
    await writeFile(
      cli.path("oubli.config.mjs"),
      "export const config = {}; export const sources = 7;",
    );
    const { exit, err } = await cli.oubli("init");
    assert.notEqual(exit, 0);
    assert.match(err, /FILE: .*sources/);
  });
});
