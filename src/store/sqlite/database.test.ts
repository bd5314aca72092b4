import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";

import { OubliError } from "#kernel";

import type { Database } from "./database.ts";
import { add, notes, tempPlace } from "./sample-database.test.ts";

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
      return error.code === "STORE_DAMAGED" && !error.retryable;
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
      assert.equal((outcome as PromiseRejectedResult).reason.code, "STORE_DAMAGED");
    }
    await database.write(add(database, "next"));
    assert.deepEqual(notes(database), ["next"]);
  });

  test("waits for another connection's transaction, off the event loop", async () => {
    using place = tempPlace();
    const [one, two] = [place.open(), place.open()];
    assert.deepEqual({ ...two.sql.prepare("PRAGMA busy_timeout").get() }, { timeout: 0 });
    one.sql.exec("BEGIN IMMEDIATE");
    let turns = 0;
    const counting = setInterval(() => {
      if ((turns += 1) === 6) one.sql.exec("COMMIT");
    }, 1);
    await two.write(add(two, "patient")).finally(() => clearInterval(counting));
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
    await assert.rejects(database.scrub(), { code: "CLOSED" });
  });
});
