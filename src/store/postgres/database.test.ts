import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import pg from "pg";

import { isOubliError, randomIds, type ErrorCode } from "#kernel";

import { administer, testDatabase, type TestDatabase } from "../../../test/support/postgres.ts";
import { until } from "../../../test/support/until.ts";
import { EVERY_SUBJECT, openDatabase, type Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { quoteName, schemaName, type Schema } from "./schema.ts";

const schema: Schema = {
  name: "memory",
  migrations: [
    {
      id: "0001",
      sql: "CREATE TABLE note (subject_id text, id int, body bytea, PRIMARY KEY (subject_id, id))",
      tables: { note: { grant: "SELECT, INSERT", guard: "subject_id" } },
    },
    {
      id: "0002",
      sql: "CREATE TABLE tag (subject_id text PRIMARY KEY, count bigint NOT NULL)",
      tables: { tag: { grant: "SELECT, INSERT, UPDATE", guard: "subject_id" } },
    },
  ],
};
const region = "eu";
const [ada, ben] = [randomIds.next("subject"), randomIds.next("subject")];
const call = (text: string, ...values: (string | number | Uint8Array | null)[]) => ({
  text,
  values,
});
const note = (subject: string, id: number, body: Uint8Array | null = null) =>
  call("INSERT INTO note VALUES ($1, $2, $3)", subject, id, body);
const allNotes = call("SELECT id FROM note ORDER BY id");
const code = (wanted: ErrorCode) => (error: unknown) => isOubliError(error, wanted);

let place: TestDatabase;
const opened: Database[] = [];
async function open(of: Schema = schema, url = place.url): Promise<Database> {
  const database = await openDatabase({ url, region, schema: of, max: 4 });
  opened.push(database);
  return database;
}

before(async () => {
  place = await testDatabase();
  await migrate({ url: place.adminUrl, region, schemas: [schema], logins: [place.login] });
});
after(async () => {
  for (const database of opened) await database.close();
  await place[Symbol.asyncDispose]();
});

describe("a batch of statements", () => {
  test("is one transaction: a failing one undoes those before it", async () => {
    const database = await open();
    await assert.rejects(database.write(ada, [note(ada, 1), note(ada, 2), note(ada, 1)]));
    assert.deepEqual(await database.read(ada, allNotes), []);
  });

  test("gives bytes, numbers and nulls back as they went in, also the second time", async () => {
    const database = await open();
    const body = Uint8Array.from({ length: 256 }, (_, at) => at);
    const id = randomIds.next("subject");
    await database.write(id, [note(id, 1, body), note(id, 2)]);
    const read = call("SELECT id, body, 9007199254740991 AS large FROM note ORDER BY id");
    for (let round = 0; round < 2; round += 1) {
      const rows = await database.read<{ id: number; body: Buffer | null; large: number }>(
        id,
        read,
      );
      assert.deepEqual(
        rows.map((row) => [row.id, row.body && new Uint8Array(row.body), row.large]),
        [
          [1, body, Number.MAX_SAFE_INTEGER],
          [2, null, Number.MAX_SAFE_INTEGER],
        ],
      );
    }
  });

  test("that the server refuses names neither value nor row", async () => {
    const database = await open();
    const id = randomIds.next("subject");
    const secret = Buffer.from("what a person said");
    await database.write(id, [note(id, 1, secret)]);
    await assert.rejects(database.write(id, [note(id, 1, secret)]), (error) => {
      assert.ok(isOubliError(error, "STORE_DAMAGED"));
      assert.ok(!JSON.stringify(error).includes(id) && !String(error.stack).includes(id));
      return error.details["sqlstate"] === "23505";
    });
    assert.deepEqual(await database.read(id, call("SELECT id FROM note")), [{ id: 1 }]);
  });
});

describe("row-level security", () => {
  test("shows a session that forgets its filter its own subject's rows alone", async () => {
    const database = await open();
    await database.write(ben, [note(ben, 1)]);
    await database.write(ada, [note(ada, 7)]);
    assert.deepEqual(await database.read(ada, allNotes), [{ id: 7 }]);
    assert.ok((await database.read(EVERY_SUBJECT, allNotes)).length >= 2);
  });

  test("refuses a row of another subject", async () => {
    const database = await open();
    await assert.rejects(database.write(ada, [note(ben, 9)]), code("CONFIG_INVALID"));
  });
});

describe("a transaction", () => {
  test("runs again when the server undid it to end a deadlock", async () => {
    const database = await open();
    const [one, two] = [randomIds.next("subject"), randomIds.next("subject")];
    const add = (id: string) => call("UPDATE tag SET count = count + 1 WHERE subject_id = $1", id);
    for (const id of [one, two])
      await database.write(id, [call("INSERT INTO tag VALUES ($1, 0)", id)]);
    const both = Promise.withResolvers<void>();
    let [arrived, runs] = [0, 0];
    const cross = (first: string, second: string) =>
      database.transaction(EVERY_SUBJECT, async (on) => {
        runs += 1;
        await on.query(add(first));
        if ((arrived += 1) === 2) both.resolve();
        await both.promise;
        await on.query(add(second));
      });
    await Promise.all([cross(one, two), cross(two, one)]);
    assert.equal(runs, 3);
    for (const id of [one, two]) {
      assert.deepEqual(await database.read(id, call("SELECT count FROM tag")), [{ count: 2 }]);
    }
  });

  test("that throws leaves nothing, and its connection is of use again", async () => {
    const database = await open();
    const id = randomIds.next("subject");
    for (let round = 0; round < 8; round += 1) {
      const broken = database.transaction(id, async (on) => {
        await on.query(note(id, 1));
        throw new TypeError("broken code");
      });
      await assert.rejects(broken, TypeError);
    }
    assert.deepEqual(await database.read(id, allNotes), []);
  });
});

describe("opening says what is wrong", () => {
  const planted = (migrations: Schema["migrations"]): Schema => ({ name: "memory", migrations });
  const third = { id: "0003", sql: "SELECT 1", tables: {} };

  for (const [what, of, wanted] of [
    ["an older schema", planted([...schema.migrations, third]), "SCHEMA_OLDER"],
    ["a newer schema", planted(schema.migrations.slice(0, 1)), "SCHEMA_NEWER"],
    ["a changed step", planted([schema.migrations[0]!, third]), "STORE_DAMAGED"],
  ] as const) {
    test(what, async () => {
      await assert.rejects(open(of), code(wanted));
    });
  }

  for (const [what, change, field] of [
    ["a database that is not there", (url: URL) => (url.pathname = "/nowhere"), "store.database"],
    ["a login that is not there", (url: URL) => (url.username = "nobody"), "store.user"],
  ] as const) {
    test(what, async () => {
      const url = new URL(place.url);
      change(url);
      await assert.rejects(open(schema, url.href), (error) => {
        assert.ok(isOubliError(error, "CONFIG_INVALID"), String(error));
        return error.details["field"] === field;
      });
    });
  }

  test("a login that is no member of the role", async () => {
    const url = new URL(place.url);
    url.username = `oubli_stranger_${process.pid}`;
    const { username: name, password } = url;
    await administer(place.adminUrl, `CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
    await assert.rejects(open(schema, url.href), (error) => {
      assert.ok(isOubliError(error, "CONFIG_INVALID"), String(error));
      return error.details["field"] === "store.role";
    });
    await administer(place.adminUrl, `DROP ROLE ${name}`);
  });

  test("a server that is not there", async () => {
    const url = "postgres://someone:secret@127.0.0.1:1/there";
    await assert.rejects(open(schema, url), code("STORE_UNAVAILABLE"));
  });
});

test("a schema that is up to date is left alone, also by two at once", async () => {
  const again = () =>
    migrate({ url: place.adminUrl, region, schemas: [schema], logins: [place.login] });
  await Promise.all([again(), again(), again()]);
  await open();
});

test("a role that another database's migration grants at the same moment is granted once", async () => {
  const region = `at-once-${process.pid}`;
  const role = quoteName(schemaName(region, schema));
  const other = new pg.Client({ connectionString: place.adminUrl });
  await other.connect();
  try {
    await other.query(`CREATE ROLE ${role} NOLOGIN NOINHERIT`);
    await other.query(`BEGIN; GRANT ${role} TO ${quoteName(place.login)}`);
    const { adminUrl: url, login } = place;
    const migrated = migrate({ url, region, schemas: [schema], logins: [login] });
    const waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1";
    await until(
      async () => {
        await other.query("SELECT pg_stat_clear_snapshot()");
        return (await other.query(waiting, [`GRANT ${role}%`])).rowCount === 1;
      },
      () => "it waits for the other's grant",
    );
    await other.query("COMMIT");
    assert.deepEqual((await migrated)[0]!.granted, []);
  } finally {
    await other.end();
  }
  await openDatabase({ url: place.url, region, schema }).then((database) => database.close());
});

test("the application's role can make no table, and not change or drop one", async () => {
  const database = await open();
  for (const text of [
    "CREATE TABLE other (id int)",
    "ALTER TABLE note ADD COLUMN more int",
    "ALTER TABLE note DISABLE ROW LEVEL SECURITY",
    "DROP POLICY own_subject ON note",
    "DROP TABLE note",
    "TRUNCATE note",
    "DELETE FROM note",
    "UPDATE note SET id = 2",
    "DELETE FROM migration",
  ]) {
    await assert.rejects(database.write(EVERY_SUBJECT, [call(text)]), (error) => {
      return isOubliError(error) && error.details["sqlstate"] === "42501";
    });
  }
});
