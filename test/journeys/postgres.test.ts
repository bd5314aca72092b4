import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test, type TestContext } from "node:test";

import { openOubli, type ConfigInput } from "oubli";

import { administer, testDatabase, type TestDatabase } from "../support/postgres.ts";
import { makeSchemas } from "../support/schemas.ts";
import { openShell, type Shell } from "./spawn-cli.ts";

// Goal: the product on a real PostgreSQL server, as an application and an operator meet it.

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database[Symbol.asyncDispose]());

const consent = { policyVersion: "2026-11", mechanism: "signup_form" };
const notary = (url: string) => ({ memory: url, keys: url, audit: url, notary: url });

const migrated = (region: string): Promise<void> => makeSchemas(database, region);

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), "oubli-postgres-journey-"));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** The command line with nothing but variables. */
function shellOf(region: string, more: NodeJS.ProcessEnv = {}): Promise<Shell> {
  const { url, adminUrl } = database;
  return openShell({ OUBLI_STORE: url, OUBLI_ADMIN: adminUrl, OUBLI_REGION: region, ...more });
}

describe("an application", () => {
  test("remembers, recalls, corrects, forgets, erases, and proves it", async (t) => {
    await migrated("app");
    const regions = { app: { jurisdictions: ["*"], store: database.url, root: folder(t) } };
    await using oubli = await openOubli({ regions }, { sweep: "manual", connectionsMax: 3 });
    const mara = await oubli.subject("user_4711", { consent });
    const chat = mara.session({ purpose: "assistant", thread: "t1" });
    const { nodes } = await chat.remember("I take my tea with milk.");
    assert.equal((await chat.recall("tea")).nodes.length, 1);
    const corrected = await mara.self().correct(nodes[0]!, "I take my tea with lemon.");
    assert.equal((await oubli.verify(corrected.certificate)).valid, true);
    assert.match((await chat.recall("tea")).context, /lemon/);
    await mara.forget(nodes);
    assert.equal((await chat.recall("tea")).nodes.length, 0);
    assert.equal((await oubli.rotate()).final, 2);
    assert.equal((await oubli.verify(await mara.self().erase())).valid, true);
    assert.equal(await oubli.find("user_4711"), null);
    assert.ok((await oubli.audit.check()).every(({ faults }) => faults.length === 0));
  });

  test("finds its people in regions on different engines", async (t) => {
    await migrated("mixed");
    const at = folder(t);
    const config: ConfigInput = {
      regions: {
        mixed: { jurisdictions: ["EEA"], store: database.url, root: join(at, "eu-root") },
        us: { jurisdictions: ["US"], store: `sqlite:${join(at, "us")}`, root: join(at, "us-root") },
      },
    };
    await using oubli = await openOubli(config, { sweep: "manual" });
    const ada = await oubli.subject("ada", { jurisdiction: "DE", consent });
    const bob = await oubli.subject("bob", { jurisdiction: "US", consent });
    assert.deepEqual([ada.region, bob.region], ["mixed", "us"]);
    for (const person of [ada, bob]) {
      const session = person.session({ purpose: "assistant" });
      await session.remember("The tram stops here.");
      assert.equal((await session.recall("tram")).nodes.length, 1);
    }
    assert.equal((await oubli.find("bob"))?.region, "us");
  });

  test("does not open a log beside which no notary is, in a folder or on a server", async (t) => {
    await migrated("lost");
    const at = folder(t);
    const open = (store: NonNullable<ConfigInput["regions"]>[string]["store"]) =>
      openOubli(
        { regions: { lost: { jurisdictions: ["*"], store, root: join(at, "root") } } },
        { sweep: "manual" },
      );
    await (await open(database.url)).close();
    await assert.rejects(open(notary(database.url)), { code: "ROOT_MISSING" });
    await rm(join(at, "root"), { recursive: true });
    await assert.rejects(open(database.url), { code: "ROOT_MISSING" });
    await assert.rejects(stat(join(at, "root")), "and none is made anew");
  });
});

describe("an operator, with variables alone", () => {
  test("makes the schemas, or prints what would", async () => {
    // A role outlives its database, and so a run: here it is not there yet.
    const region = `ops${process.pid}`;
    await using shell = await shellOf(region);
    const early = await shell.oubli("init");
    assert.match(early.err, /store\.role.*oubli store migrate\n$/);
    const { sql } = (await shell.oubli("store", "migrate", "--dry-run", "--json")).json<{
      sql: string[];
    }>();
    assert.match((await shell.oubli("init")).err, /store\.role/, "and it changed nothing");
    await administer(database.adminUrl, sql.join("\n"));
    const again = await shell.oubli("store", "migrate");
    assert.ok(again.out.startsWith(`oubli_${region}_audit: up to date\n`));
    await administer(database.adminUrl, `DROP SCHEMA oubli_${region}_memory CASCADE`);
    assert.match((await shell.oubli("init")).err, /^SCHEMA_OLDER.*oubli store migrate\n$/);
    const made = await shell.oubli("store", "migrate");
    assert.ok(made.out.includes(`oubli_${region}_memory: ran 0001`));
    const opened = await shell.oubli("init");
    assert.equal(opened.exit, 0, opened.err);
    assert.ok(!opened.out.includes(new URL(database.url).password));
  });

  test("works a day: consent to certificate, doctor and worker", async () => {
    await using shell = await shellOf("day");
    await shell.oubli("store", "migrate");
    if (database.onNodes) assert.equal((await shell.oubli("store", "distribute")).exit, 0);
    assert.match((await shell.oubli("list", "ada")).err, /^NO_STORE/);
    await shell.oubli("init");
    const words = ["--purpose", "assistant", "--policy-version", "v1"];
    assert.equal((await shell.oubli("consent", "grant", "ada", ...words)).exit, 0);
    const kept = await shell.oubli("remember", "ada", "I take tea with milk.", "--json");
    const [node] = kept.json<{ nodes: string[] }>().nodes;
    assert.match((await shell.oubli("recall", "ada", "tea?")).out, /milk/);
    const forgot = await shell.oubli("forget", "ada", node!, "--certificate", "c", "--json");
    const { verifierKey } = forgot.json<{ verifierKey: string }>();
    assert.equal((await shell.oubli("keys", "rotate")).exit, 0);
    const offline = await shell.oubli("verify", "c/certificate.json", "--key", verifierKey);
    assert.equal(offline.exit, 0, offline.err);

    const doctor = await shell.oubli("doctor", "--json");
    assert.equal(doctor.exit, 0, doctor.out);
    const { findings } = doctor.json<{ findings: { check: string; state: string }[] }>();
    const unchecked = findings.filter(({ state }) => state === "not checked");
    assert.deepEqual(
      unchecked.map(({ check }) => check),
      ["data-folder", "root-volume", "integrity", "settings", "invariant-3"],
    );
    for (const words of [
      ["sweep"],
      ["audit", "verify"],
      ["audit", "export", "log"],
      ["export", "ada"],
    ]) {
      const ran = await shell.oubli(...words);
      assert.equal(ran.exit, 0, ran.err);
    }
    assert.equal((await shell.oubli("erase", "ada", "--execute")).exit, 0);
    const backup = await shell.oubli("backup", "b");
    assert.equal(backup.exit, 0, backup.err);
  });

  test("loses the schemas, and restores them; what was forgotten since stays forgotten", async () => {
    await using shell = await shellOf("back");
    const ran = async (...words: readonly string[]) => {
      const ended = await shell.oubli(...words);
      assert.equal(ended.exit, 0, ended.err);
      return ended;
    };
    const make = async () => {
      await ran("store", "migrate");
      if (database.onNodes) await ran("store", "distribute");
    };
    await make();
    await ran("init");
    const words = ["--purpose", "assistant", "--policy-version", "v1"];
    await ran("consent", "grant", "ada", ...words);
    const kept = await ran("remember", "ada", "I take tea with milk.", "--json");
    const [node] = kept.json<{ nodes: string[] }>().nodes;
    await ran("remember", "ada", "I take rum with lime.");
    await ran("backup", "b");
    await ran("forget", "ada", node!);
    await ran("audit", "export", "log");
    const schemas = ["memory", "keys", "audit"].map((name) => `oubli_back_${name}`);
    await administer(database.adminUrl, ...schemas.map((name) => `DROP SCHEMA ${name} CASCADE`));

    assert.match((await shell.oubli("restore", "b")).err, /^SCHEMA_OLDER.*oubli store migrate\n$/);
    await make();
    assert.match((await shell.oubli("restore", "b")).err, /^LOG_FORKED/);
    const restored = await ran("restore", "b", "--ledger", "log");
    assert.match(restored.out, /1 erasure or correction done again/);
    assert.match((await ran("list", "ada")).out, /rum/);
    assert.doesNotMatch((await ran("list", "ada")).out, /milk/);
    await ran("audit", "verify");
    await ran("doctor");
    assert.match((await shell.oubli("restore", "b")).err, /^RESTORE_OCCUPIED/);
  });

  test("has a worker that sweeps, tells counts alone, and ends at SIGTERM", async () => {
    await using shell = await shellOf("work");
    await shell.oubli("store", "migrate");
    await shell.oubli("init");
    const child = shell.start("work", "--every", "1");
    const ended = once(child, "close");
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      lines.push(line);
      if (lines.length === 2) child.kill("SIGTERM");
    }
    assert.deepEqual(await ended, [0, null]);
    const { region, sweep } = JSON.parse(lines[0]!) as { region: string; sweep: object };
    assert.equal(region, "work");
    assert.ok(Object.values(sweep).every((count) => typeof count === "number"));
    assert.match(lines.at(-1)!, /^Stopped after \d+ sweeps, 0 failed\.$/);
  });
});

test("doctor says that a login may do too much", async () => {
  await using shell = await shellOf("wide");
  await shell.oubli("store", "migrate");
  await shell.oubli("init");
  const broken = async (more: readonly string[] = []) => {
    const ran = await shell.oubli("doctor", "--json", ...more);
    const { findings } = ran.json<{ findings: { check: string; state: string }[] }>();
    return findings.filter(({ state }) => state === "broken").map(({ check }) => check);
  };
  assert.deepEqual(await broken(["--store", database.adminUrl]), ["database-roles"]);
  await administer(
    database.adminUrl,
    "GRANT DELETE ON oubli_wide_audit.audit_leaf TO oubli_wide_audit",
  );
  assert.deepEqual(await broken(), ["database-roles"]);
  await administer(
    database.adminUrl,
    "REVOKE DELETE ON oubli_wide_audit.audit_leaf FROM oubli_wide_audit",
    "ALTER TABLE oubli_wide_memory.node NO FORCE ROW LEVEL SECURITY",
  );
  assert.deepEqual(await broken(), ["database-roles"]);
});

describe("several regions", () => {
  test("are each worked through, with a heading or an element; one that is away keeps no other", async () => {
    await migrated("eu");
    await using shell = await openShell();
    const regions = {
      eu: { jurisdictions: ["EEA"], store: database.url, root: shell.path("eu-root") },
      us: {
        jurisdictions: ["US"],
        store: `sqlite:${shell.path("us")}`,
        root: shell.path("us-root"),
      },
    };
    const write = (of: typeof regions) =>
      writeFileSync(
        shell.path("oubli.config.mjs"),
        `export default ${JSON.stringify({ regions: of })};`,
      );
    write(regions);
    assert.equal((await shell.oubli("init")).exit, 0);
    const grant = ["consent", "grant", "--purpose", "assistant", "--policy-version", "v1"];
    assert.match((await shell.oubli(...grant, "ada")).err, /--jurisdiction/);
    assert.equal((await shell.oubli(...grant, "ada", "--jurisdiction", "DE")).exit, 0);
    assert.equal((await shell.oubli(...grant, "bob", "--region", "us")).exit, 0);
    assert.equal((await shell.oubli("remember", "ada", "Trams stop here.")).exit, 0);
    assert.match((await shell.oubli("recall", "ada", "trams")).out, /Trams/);
    assert.match((await shell.oubli("list", "ada", "--region", "us")).err, /^NOT_FOUND/);

    const all = await shell.oubli("audit", "verify");
    assert.match(all.out, /^Region eu\n(.|\n)*\n\nRegion us\n/);
    const both = (await shell.oubli("sweep", "--json")).json<{ region: string }[]>();
    assert.deepEqual(
      both.map(({ region }) => region),
      ["eu", "us"],
    );
    const one = await shell.oubli("keys", "rotate", "--region", "us", "--json");
    assert.equal(one.json()["from"], 1);
    assert.match(
      (await shell.oubli("audit", "export", "log")).err,
      /^USAGE: --region is needed: eu, us/,
    );
    assert.match(
      (await shell.oubli("sweep", "--region", "mars")).err,
      /^USAGE: --region takes eu, us/,
    );

    write({ ...regions, eu: { ...regions.eu, store: "postgres://nobody@127.0.0.1:1/oubli" } });
    const without = await shell.oubli("sweep", "--json");
    assert.equal(without.exit, 1);
    const [away, there] = without.json<Record<string, unknown>[]>();
    assert.equal(away!["error"], "STORE_UNAVAILABLE");
    assert.equal(there!["expired"], 0);
    assert.match((await shell.oubli("recall", "bob", "x")).out, /Nothing/);
    assert.match((await shell.oubli("recall", "ada", "x")).err, /^REGION_UNAVAILABLE/);
  });
});
