import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { postgres } from "#store";

import { AUDITOR } from "../spec/world.ts";
import { administer, startPostgres, testDatabase } from "../support/postgres.ts";
import { scanFolders, type Hit } from "./support/residue.ts";
import { live, needlesOf, newCanaries, newPlace, openAt } from "./support/residue-world.ts";

// Goal: what a person says is in no file of a database server, before and after an erasure.
// Method: as for files, on a server that writes every statement with its parameters into a log of
// its own folder. It is killed before each look, so that all it had is as it left it.

const LOGS_ALL = [
  "logging_collector=on",
  "log_directory=log",
  "log_statement=all",
  "log_min_duration_statement=0",
  "log_min_messages=debug1",
  "log_min_error_statement=debug1",
  "log_error_verbosity=verbose",
  "log_parameter_max_length=-1",
  "log_parameter_max_length_on_error=-1",
  "track_activity_query_size=100kB",
];

const LOOKED_AT = [
  /\/pg_wal\/[0-9A-F]{24}$/,
  /\/base\/\d+\/\d+$/,
  /\/global\/\d+$/,
  /\/pg_xact\//,
  /\/log\/.*\.log$/,
  /\/root\/.*\.key$/,
];

async function openServer() {
  const server = await startPostgres(LOGS_ALL);
  const database = await testDatabase(server);
  const { migrate, SCHEMAS } = postgres;
  const { adminUrl, login, url } = database;
  await migrate({ url: adminUrl, region: "eu", schemas: SCHEMAS, logins: [login] });
  const place = newPlace();
  const canaries = newCanaries();
  const needles = needlesOf(canaries);
  const store = { memory: url, keys: url, audit: url, notary: url };
  return {
    server,
    adminUrl,
    place,
    canaries,
    open: () => openAt(place, store),
    /** Kills it, and looks for the canaries in all that it and the application have on the disk. */
    async look(): Promise<readonly Hit[]> {
      await server.kill();
      const { files, hits } = scanFolders([server.folder!, place.base], needles);
      for (const name of LOOKED_AT) {
        assert.ok(
          files.some((file) => name.test(file)),
          `${name} was looked at`,
        );
      }
      await server.restart();
      return hits;
    },
    logs(): string {
      const folder = join(server.folder!, "log");
      return readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), "utf8"))
        .join("");
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      place[Symbol.dispose]();
    },
  };
}

test("what a person says is in no file of a server, nor in its log of every statement, before and after the erasure", async () => {
  await using world = await openServer();
  const { place, canaries, open, look, logs } = world;
  await using oubli = await open();
  const { ada, chat, said, told, found } = await live(oubli, canaries);
  assert.equal(found.nodes.length, 3, "all of it was stored, and is found");
  assert.match(
    logs(),
    /execute oubli_\d+: \s*SELECT [^]{0,200}insert_nodes\([^]*parameters: \$1 = 'sub_/,
  );
  assert.deepEqual(await look(), [], "while it lives");

  await assert.rejects(chat.remember(canaries.content.text, { category: "health" }));
  await ada.self().correct(told, canaries.corrected.text);
  await ada.forget(said);
  await oubli.rotate();
  assert.deepEqual(await look(), [], "after a correction, a forgotten memory, and the epoch's end");

  const erased = await ada.erase();
  await oubli.rotate();
  const { json } = await oubli.certificate(ada.id, erased.erasure);
  writeFileSync(join(place.data, "final.json"), json);
  await oubli.as(AUDITOR).audit.export(join(place.base, "log"));
  await administer(world.adminUrl, "CHECKPOINT", "VACUUM");
  assert.deepEqual(await look(), [], "after the erasure");
});

test("control: the same look finds what another application stores, looks up and is refused", async () => {
  await using world = await openServer();
  const { adminUrl, canaries, open, look } = world;
  await (await open()).close();
  const quoted = canaries.content.text.replaceAll("'", "''");
  await administer(
    adminUrl,
    "CREATE TABLE note (text text)",
    `INSERT INTO note VALUES ('${quoted}')`,
    "CHECKPOINT",
  );
  await administer(adminUrl, `SELECT * FROM note WHERE text = '${canaries.query.core}'`);
  const hits = await look();
  const places = (of: string) => [
    ...new Set(
      hits.filter((hit) => hit.of === of).map(({ file }) => /\/(pg_wal|base|log)\//.exec(file)![1]),
    ),
  ];
  assert.deepEqual(places("content").toSorted(), ["base", "log", "pg_wal"]);
  assert.deepEqual(places("query"), ["log"]);
});
