import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import { openCli } from "./cli-world.test.ts";

/** A system that is a file of ages in days, one a row. */
const CONFIG = (folder: string): string => `
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineSource } from ${JSON.stringify(import.meta.resolve("#sources"))};

const file = join(${JSON.stringify(folder)}, "crm.json");
const read = () => JSON.parse(readFileSync(file, "utf8"));
const over = (before) => (age) => Date.now() - age * 86_400_000 < before;
export const sources = [
  defineSource({
    name: "crm",
    retention: [
      {
        rule: "session-logs",
        count: async (before) => read().filter(over(before)).length,
        async sweep(before, limit) {
          const gone = read().filter(over(before)).slice(0, limit);
          const left = read();
          for (const age of gone) left.splice(left.indexOf(age), 1);
          writeFileSync(file, JSON.stringify(left));
          return gone.length;
        },
      },
    ],
  }),
];
export const retention = { batchMax: 2, pauseMs: 0, anomaly: { share: 0.9, least: 1 } };
export const config = { regions: { default: { jurisdictions: ["*"], store: ${JSON.stringify(`sqlite:${folder}/oubli-data`)} } } };
`;

async function openWithLogs(ages: readonly number[]) {
  const cli = await openCli();
  await writeFile(cli.path("oubli.config.mjs"), CONFIG(cli.folder));
  await writeFile(cli.path("crm.json"), JSON.stringify(ages));
  await cli.oubli("init");
  const left = async () => JSON.parse(await readFile(cli.path("crm.json"), "utf8")) as number[];
  return { ...cli, left };
}

describe("oubli retention", () => {
  test("plan and run count what is over, and without --execute remove nothing", async () => {
    await using cli = await openWithLogs([100, 100, 100, 1]);
    for (const asked of [["plan"], ["run"]]) {
      const { out, exit } = await cli.oubli("retention", ...asked);
      assert.equal(exit, 0);
      assert.match(out, /memories +before \S+ +0$/m);
      assert.match(out, /crm\.session-logs +before \S+ +3 of 4/);
    }
    const json = (await cli.oubli("retention", "run", "--json")).json<{ executed: boolean }>();
    assert.equal(json.executed, false);
    assert.deepEqual(await cli.left(), [100, 100, 100, 1]);
    assert.match((await cli.oubli("retention", "runs")).out, /no run yet/);
  });

  test("run --execute removes what is over, and runs lists it", async () => {
    await using cli = await openWithLogs([100, 100, 100, 1]);
    const done = await cli.oubli("retention", "run", "--execute", "--rule", "crm.session-logs");
    assert.equal(done.exit, 0);
    assert.match(done.out, /: done\ncrm\.session-logs +3 of 3/);
    assert.deepEqual(await cli.left(), [1]);
    assert.match((await cli.oubli("retention", "runs")).out, /done +3 rows removed/);
  });

  test("a strange count ends with 3 and says how to go on, and --confirm goes on", async () => {
    await using cli = await openWithLogs([100, 100, 100]);
    const stopped = await cli.oubli("retention", "run", "--execute");
    assert.equal(stopped.exit, 3);
    assert.deepEqual(await cli.left(), [100, 100, 100]);
    const [, run] = /--confirm (case_\S+)/.exec(stopped.out)!;
    const looked = await cli.oubli("retention", "run", "--confirm", run!);
    assert.match(looked.out, /stopped[^]*crm\.session-logs +0 of 3/);
    const other = await cli.oubli("retention", "run", "--confirm", "runx");
    assert.match(other.err, /^NOT_FOUND: /);
    const done = await cli.oubli("retention", "run", "--execute", "--confirm", run!);
    assert.equal(done.exit, 0);
    assert.deepEqual(await cli.left(), []);
    for (const execute of [[], ["--execute"]]) {
      const over = await cli.oubli("retention", "run", "--confirm", run!, ...execute);
      assert.match(over.err, /^NOT_FOUND: no run of this id waits/);
    }
  });

  test("a wrong declaration stops the rules that it is of, and no other; it ends with 4", async () => {
    await using cli = await openCli();
    await cli.oubli("init");
    const rows = (text: string) => {
      using database = new DatabaseSync(cli.path("shop.db"));
      if (text.startsWith("SELECT")) return Number(database.prepare(text).get()!["left"]);
      database.exec(text);
      return 0;
    };
    const old = "VALUES ('a', '2001-01-01'), ('b', '2001-01-01')";
    for (const table of ["orders", "visits"]) {
      rows(`CREATE TABLE ${table} (id TEXT PRIMARY KEY, at TEXT NOT NULL)`);
      rows(`INSERT INTO ${table} ${old}`);
    }
    const table = { identity: { id: "externalId" }, category: "account", erase: "delete" };
    const ends = { ...table, anchor: "at", maxAge: "P1Y" };
    const tables = { orders: ends, visits: { ...ends, access: ["gone"] }, userz: table };
    const own = `async count() { return 1; }, async sweep() { throw new Error("it was asked"); }`;
    await writeFile(
      cli.path("oubli.config.mjs"),
      `import { sqlSource } from ${JSON.stringify(import.meta.resolve("#connectors"))};
      import { defineSource } from ${JSON.stringify(import.meta.resolve("#sources"))};
      const check = async () => [{ level: "error", code: "table-missing", at: "notes" }];
      export const sources = [
        sqlSource({ name: "shop", url: "sqlite:${cli.path("shop.db")}", tables: ${JSON.stringify(tables)} }),
        defineSource({ name: "crm", check, retention: [{ rule: "session-logs", ${own} }] }),
      ];
      export const config = { regions: { default: { jurisdictions: ["*"], store: "sqlite:${cli.path("oubli-data")}" } } };`,
    );
    const plan = await cli.oubli("retention", "plan");
    assert.match(plan.out, /crm\.session-logs .*cannot: declaration-invalid/);
    const run = await cli.oubli("retention", "run", "--execute");
    assert.equal(run.exit, 4, run.err);
    assert.match(run.out, /: incomplete\n/);
    assert.match(run.out, /crm\.session-logs .*declaration-invalid\nshop\.orders +2 of 2\n/);
    assert.match(run.out, /shop\.visits .*declaration-invalid\n.*oubli sources check/);
    const left = (name: string) => rows(`SELECT count(*) AS left FROM ${name}`);
    assert.deepEqual([left("orders"), left("visits")], [0, 2]);
  });

  test("an unknown rule is refused with those that there are", async () => {
    await using cli = await openWithLogs([]);
    const { exit, err } = await cli.oubli("retention", "plan", "--rule", "crm.nothing");
    assert.equal(exit, 1);
    assert.match(err, /accepted: only memories \| crm\.session-logs|memories.*crm\.session-logs/);
  });
});
