import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

import { OubliError } from "#kernel";

import { openDatabase, type Database } from "./database.ts";
import type { Schema } from "./migrate.ts";

const run = promisify(execFile);

const schema: Schema = {
  name: "memory",
  migrations: [
    { id: "0001", sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT" },
    { id: "0002", sql: "CREATE TABLE tag (name TEXT PRIMARY KEY) STRICT" },
  ],
};

interface Place extends Disposable {
  readonly file: string;
  open(of?: Schema): Database;
}

function tempPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), "oubli-database-"));
  const file = join(folder, "some.db");
  const opened: Database[] = [];
  return {
    file,
    open(of = schema) {
      const database = openDatabase(file, of);
      opened.push(database);
      return database;
    },
    [Symbol.dispose]() {
      for (const database of opened) database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const add = ({ sql }: Database, text: string) => {
  const insert = sql.prepare("INSERT INTO note (text) VALUES (?)");
  return () => insert.run(text);
};

function notes({ sql }: Database): string[] {
  return sql
    .prepare("SELECT text FROM note ORDER BY id")
    .all()
    .map(({ text }) => String(text));
}

const big = "x".repeat(1024 * 1024);

/** Lets the file grow by a few pages more, and then be full, as a disk is. */
function fillUp({ sql }: Database): void {
  const { page_count: pages } = sql.prepare("PRAGMA page_count").get() as { page_count: number };
  sql.exec(`PRAGMA max_page_count = ${pages + 5}`);
}

describe("a write", () => {
  test("resolves when it is committed: another connection sees it", async () => {
    using place = tempPlace();
    const [one, two] = [place.open(), place.open()];
    await one.write(add(one, "tea"));
    assert.deepEqual(
      two.read(() => notes(two)),
      ["tea"],
    );
  });

  test("shares its commit with others, in the order they came", async () => {
    using place = tempPlace();
    const [one, two] = [place.open(), place.open()];
    const versions = new Set<unknown>();
    const see = () => versions.add(two.sql.prepare("PRAGMA data_version").get()!["data_version"]);
    see();
    const texts = Array.from({ length: 100 }, (_, at) => `${at}`);
    await Promise.all(texts.map((text) => one.write(add(one, text)).then(see)));
    assert.equal(versions.size, 2);
    assert.deepEqual(notes(two), texts);
  });

  test("that throws is undone alone, and its neighbours are committed", async () => {
    using place = tempPlace();
    const database = place.open();
    const works = [
      add(database, "before"),
      () => {
        add(database, "half done")();
        throw new OubliError("CONFLICT");
      },
      add(database, "after"),
    ];
    const outcomes = await Promise.allSettled(works.map((work) => database.write(work)));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.equal((outcomes[1] as PromiseRejectedResult).reason.code, "CONFLICT");
    assert.deepEqual(notes(database), ["before", "after"]);
  });

  test("that SQLite refuses fails by a code, without the values that it held", async () => {
    using place = tempPlace();
    const database = place.open();
    const secret = "what a person said";
    const twice = () => database.sql.exec(`INSERT INTO tag VALUES ('${secret}')`);
    await database.write(twice);
    await assert.rejects(database.write(twice), (error) => {
      assert.ok(error instanceof OubliError);
      assert.ok(!JSON.stringify(error).includes(secret) && !error.message.includes(secret));
      return error.code === "STORE_UNAVAILABLE";
    });
  });

  test("that the disk has no room for fails as such, and smaller ones go on", async () => {
    using place = tempPlace();
    const database = place.open();
    await database.write(add(database, "first"));
    fillUp(database);
    const works = ["small", big, "small too"].map((text) => add(database, text));
    const outcomes = await Promise.allSettled(works.map((work) => database.write(work)));
    const failed = outcomes.filter((outcome) => outcome.status === "rejected");
    assert.ok(failed.length >= 1);
    for (const { reason } of failed) assert.equal(reason.code, "STORE_FULL");
    await database.write(add(database, "later"));
    const kept = ["first", "small", "small too", "later"];
    assert.deepEqual(notes(database), failed.length === 1 ? kept : ["first", "later"]);
  });

  test("whose COMMIT fails has failed, with all that shared it; the next one is well", async () => {
    using place = tempPlace();
    const database = place.open();
    database.sql.exec(`PRAGMA foreign_keys = ON;
      CREATE TABLE child (of TEXT REFERENCES tag (name) DEFERRABLE INITIALLY DEFERRED)`);
    const orphan = () => database.sql.exec("INSERT INTO child VALUES ('nobody')");
    const works = [add(database, "innocent"), orphan];
    const outcomes = await Promise.allSettled(works.map((work) => database.write(work)));
    for (const outcome of outcomes) {
      assert.equal((outcome as PromiseRejectedResult).reason.code, "STORE_UNAVAILABLE");
    }
    await database.write(add(database, "next"));
    assert.deepEqual(notes(database), ["next"]);
  });

  test("waits for another connection's transaction, off the event loop", async () => {
    using place = tempPlace();
    const [one, two] = [place.open(), place.open()];
    one.sql.exec("BEGIN IMMEDIATE");
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 1);
    setTimeout(() => one.sql.exec("COMMIT"), 60);
    await two.write(add(two, "patient"));
    clearInterval(counting);
    assert.ok(turns > 5);
    assert.deepEqual(notes(one), ["patient"]);
  });

  test("is refused by a file that stays locked, together with all that waits", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    using place = tempPlace();
    const [one, two] = [place.open(), place.open()];
    one.sql.exec("BEGIN IMMEDIATE");
    const writes = Array.from({ length: 600 }, () => two.write(add(two, "late")));
    const outcomes = Promise.allSettled(writes);
    await turn();
    const tenSecondsOn = performance.now() + 10_000;
    const { mock } = t.mock.method(performance, "now", () => tenSecondsOn);
    t.mock.timers.tick(10);
    for (const outcome of await outcomes) {
      assert.equal((outcome as PromiseRejectedResult).reason.code, "STORE_BUSY");
    }
    one.sql.exec("COMMIT");
    mock.restore();
    t.mock.timers.reset();
    await two.write(add(two, "now"));
    assert.deepEqual(notes(two), ["now"]);
  });

  test("that is no synchronous function is broken code, and nothing of it stays", async () => {
    using place = tempPlace();
    const database = place.open();
    const work = async () => void add(database, "too late")();
    await assert.rejects(database.write(work), { code: "ERR_ASSERTION" });
    assert.deepEqual(notes(database), []);
  });
});

describe("a read", () => {
  test("never falls into a transaction that is not committed", async () => {
    using place = tempPlace();
    const database = place.open();
    const read = () => database.read(() => notes(database).length);
    const first = database.writeBatch(add(database, "tea"));
    assert.equal(read(), 1);
    // More writes than one commit takes: between the two commits, the first callers read.
    const counts = await Promise.all(
      Array.from({ length: 300 }, () => database.write(add(database, "more")).then(read)),
    );
    await first;
    assert.deepEqual(new Set(counts), new Set([257, 301]));
  });

  test("sees one moment of the file, whatever others write meanwhile", async () => {
    using place = tempPlace();
    const [one, two] = [place.open(), place.open()];
    const [before, after] = one.read(() => {
      const first = notes(one);
      add(two, "meanwhile")();
      return [first, notes(one)];
    });
    assert.deepEqual([before, after, notes(one)], [[], [], ["meanwhile"]]);
  });

  test("that throws leaves no transaction behind", async () => {
    using place = tempPlace();
    const database = place.open();
    assert.throws(
      () =>
        database.read(() => {
          throw new OubliError("NOT_FOUND");
        }),
      { code: "NOT_FOUND" },
    );
    assert.deepEqual(
      database.read(() => notes(database)),
      [],
    );
  });

  test("within a work is broken code", async () => {
    using place = tempPlace();
    const database = place.open();
    const work = () => database.read(() => notes(database));
    await assert.rejects(database.write(work), { code: "ERR_ASSERTION" });
  });
});

describe("a closed database", () => {
  test("has answered everyone: what waited is refused, and not lost in silence", async () => {
    using place = tempPlace();
    const [one, two] = [place.open(), place.open()];
    one.sql.exec("BEGIN IMMEDIATE");
    const waiting = [1, 2].map(() => two.write(add(two, "never")));
    const batch = two.writeBatch(add(two, "never"));
    await pause(10);
    two.close();
    for (const written of [...waiting, batch]) await assert.rejects(written, { code: "CLOSED" });
    one.sql.exec("COMMIT");
    await pause(20);
    assert.deepEqual(notes(one), []);
  });

  test("takes and gives nothing more, and may be closed again", async () => {
    using place = tempPlace();
    const database = place.open();
    const late = database.write(add(database, "late"));
    database.close();
    database.close();
    await assert.rejects(late, { code: "CLOSED" });
    await assert.rejects(
      database.write(() => 1),
      { code: "CLOSED" },
    );
    assert.throws(() => database.read(() => 1), { code: "CLOSED" });
    assert.throws(() => database.scrub(), { code: "CLOSED" });
  });
});

/** A program that opens `file` in a process of its own. */
const program = (body: string, file: string) => `
  const { openDatabase } = await import(${JSON.stringify(import.meta.resolve("./database.ts"))});
  const database = openDatabase(${JSON.stringify(file)}, ${JSON.stringify(schema)});
  const insert = database.sql.prepare("INSERT INTO note (text) VALUES (?)");
  ${body}
  database.close();`;

const start = (source: string) =>
  run(process.execPath, ["--conditions=oubli-source", "--input-type=module", "-e", source]);

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
    place.open();
    const body = `
      const end = Date.now() + 2500;
      let count = 0;
      for (; Date.now() < end; count += 1) await database.write(() => insert.run("turn"));
      console.log(count);`;
    const outputs = await Promise.all(
      Array.from({ length: 4 }, () => start(program(body, place.file))),
    );
    const counts = outputs.map(({ stdout }) => Number(stdout));
    const total = counts.reduce((sum, count) => sum + count, 0);
    assert.ok(Math.min(...counts) >= total * 0.1, `one of ${counts.join(", ")} starved`);
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
    assert.equal(one.scrub(), "deferred");
    two.sql.exec("COMMIT");
    assert.equal(one.scrub(), "removed");
    assert.equal(statSync(`${place.file}-wal`).size, 0);
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
