import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { promisify } from "node:util";

import { until } from "../../../test/support/until.ts";
import { openDatabase } from "./database.ts";
import { add, notes, schema, tempPlace } from "./sample-database.test.ts";

const run = promisify(execFile);

/** A program that opens `file` in a process of its own. */
const program = (body: string, file: string) => `
  const { openDatabase } = await import(${JSON.stringify(import.meta.resolve("./database.ts"))});
  const database = openDatabase(${JSON.stringify(file)}, ${JSON.stringify(schema)});
  const insert = database.sql.prepare("INSERT INTO note (text) VALUES (?)");
  ${body}
  database.close();`;

/** What this process has open of a store file, as Linux tells it. */
function openFiles(file: string): readonly string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(file) ? [target] : [];
    } catch {
      return [];
    }
  });
}

const evaluated = (source: string): readonly string[] => [
  ...["--conditions=oubli-source", "--disable-warning=ExperimentalWarning"],
  ...["--input-type=module", "--eval", source],
];

const start = (source: string) => run(process.execPath, evaluated(source));

describe("several processes", () => {
  test("may make one file at the same moment: its schema is made once", async () => {
    for (let round = 0; round < 3; round += 1) {
      using place = tempPlace();
      const body = 'await database.write(() => insert.run("here"));';
      await Promise.all(Array.from({ length: 6 }, () => start(program(body, place.file))));
      const database = place.open();
      assert.equal(notes(database).length, 6);
    }
  });

  test("get their turn, each of them: none writes a tenth of what it should", async () => {
    using place = tempPlace();
    const { sql } = place.open();
    const names = ["one", "two", "three", "four"];
    const body = (name: string) =>
      `for (;;) await database.write(() => insert.run(${JSON.stringify(name)}));`;
    const writers = names.map((name) =>
      spawn(process.execPath, evaluated(program(body(name), place.file)), { stdio: "inherit" }),
    );
    const exits = writers.map((writer) => once(writer, "exit"));
    const count = sql.prepare("SELECT count(*) AS notes FROM note WHERE text = ?");
    const written = () => names.map((name) => Number(count.get(name)!["notes"]));
    try {
      await until(
        () => Math.min(...written()) > 0,
        () => "each of them has begun",
      );
      const first = written();
      // A machine that is busy may keep one of them waiting, for a while: a lock must not for ever.
      await until(
        () => {
          const since = written().map((notes, at) => notes - first[at]!);
          const total = since.reduce((sum, notes) => sum + notes, 0);
          return total > 1000 && Math.min(...since) >= total * 0.1;
        },
        () => `none of ${written().join(", ")} starves`,
      );
    } finally {
      for (const writer of writers) writer.kill("SIGKILL");
      await Promise.all(exits);
    }
  });
});

describe("a store file", () => {
  test("is for its owner's eyes, with its log", async () => {
    using place = tempPlace();
    const database = place.open();
    await database.write(add(database, "private"));
    for (const end of ["", "-wal", "-shm"]) {
      assert.equal(statSync(`${place.file}${end}`).mode & 0o777, 0o600);
    }
  });

  test("is brought up to date step by step, and never back", async () => {
    using place = tempPlace();
    const [first] = schema.migrations;
    const old = place.open({ ...schema, migrations: [first!] });
    await old.write(add(old, "kept"));
    old.close();
    const now = place.open();
    assert.deepEqual(notes(now), ["kept"]);
    assert.throws(() => place.open({ ...schema, migrations: [first!] }), {
      code: "SCHEMA_NEWER",
      details: { found: 2, known: 1 },
    });
  });

  test("whose migration fails is as it was before", () => {
    using place = tempPlace();
    const broken = { id: "0003", sql: "CREATE TABLE half (id INTEGER); CREATE TABLE note (id)" };
    const steps = [...schema.migrations, broken];
    place.open();
    assert.throws(() => place.open({ ...schema, migrations: steps }), {
      code: "STORE_UNAVAILABLE",
    });
    const { sql } = place.open();
    assert.equal(sql.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'half'").get(), undefined);
  });

  test("of another kind, of another application, or of no application is left alone", () => {
    using place = tempPlace();
    place.open();
    assert.throws(() => place.open({ ...schema, name: "keys" }), { code: "STORE_DAMAGED" });

    using foreign = tempPlace();
    const theirs = new DatabaseSync(foreign.file);
    theirs.exec("CREATE TABLE invoice (id INTEGER)");
    assert.throws(() => foreign.open(), { code: "STORE_DAMAGED" });
    assert.equal(
      theirs.prepare("SELECT count(*) AS tables FROM sqlite_schema").get()!["tables"],
      1,
    );
    theirs.close();
  });

  test("that is not a database is named as such, and keeps its bytes and its mode", () => {
    using place = tempPlace();
    writeFileSync(place.file, "not a database, but long enough to be taken for one".repeat(30));
    chmodSync(place.file, 0o755);
    const before = readFileSync(place.file);
    assert.throws(() => place.open(), { code: "STORE_DAMAGED" });
    assert.deepEqual(readFileSync(place.file), before);
    assert.equal(statSync(place.file).mode & 0o777, 0o755);
  });

  test("that lies nowhere is named as such", () => {
    using place = tempPlace();
    const nowhere = join(place.file, "some.db");
    assert.throws(() => openDatabase(nowhere, schema), { code: "STORE_UNAVAILABLE" });
  });

  test("keeps no old page in its log once scrubbed, unless a reader still needs it", async () => {
    using place = tempPlace();
    const [one, two] = [place.open(), place.open()];
    await one.write(add(one, "once"));
    two.sql.exec("BEGIN; SELECT * FROM note");
    await one.write(add(one, "twice"));
    assert.equal(await one.scrub(), "deferred");
    two.sql.exec("COMMIT");
    assert.ok(readFileSync(`${place.file}-wal`).includes("twice"));
    assert.equal(await one.scrub(), "removed");
    assert.ok(!readFileSync(`${place.file}-wal`).includes("twice"));
  });

  test("is let go of when it is closed, however many cuts wait", async () => {
    using place = tempPlace();
    const one = place.open();
    await one.write(add(one, "once"));
    const cuts = [one.scrub(), one.scrub(), one.scrub()];
    await one.close();
    await Promise.all(cuts);
    assert.deepEqual(openFiles(place.file), []);
  });

  test("that was put in the place of another is the one whose log is cut", async () => {
    using place = tempPlace();
    const one = place.open();
    const beside = place.open();
    await one.write(add(one, "once"));
    assert.equal(await one.scrub(), "removed");
    for (const end of ["", "-wal", "-shm"]) rmSync(`${place.file}${end}`, { force: true });
    const two = place.open();
    await two.write(add(two, "a text to be found"));
    assert.equal(await two.scrub(), "removed");
    assert.ok(!readFileSync(`${place.file}-wal`).includes("a text to be found"));
    await beside.close();
  });

  test("keeps its triggers against REPLACE too", async () => {
    using place = tempPlace();
    const { sql } = place.open();
    sql.exec(`INSERT INTO tag VALUES ('kept');
      CREATE TRIGGER tag_stays BEFORE DELETE ON tag
        BEGIN SELECT RAISE(ABORT, 'tag is append-only'); END`);
    assert.throws(() => sql.exec("INSERT OR REPLACE INTO tag VALUES ('kept')"), /append-only/);
  });
});
