import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";

import { sqlSource } from "#connectors";
import type { DeclarationInput } from "#sources";

import { call, failing, items, person } from "../../support/source-rules.ts";
import { KINDS, type SqlGround } from "./sql-grounds.ts";

// Goal: tables of every shape that applications have. Method: each is made on each database, with
// a person's rows between others'.

const ann = person("ann");

/** Each database's own ways to hold a row twice. */
const COPIES: Readonly<Record<string, { make: readonly string[]; drop: string; kept: string }>> = {
  SQLite: {
    make: ["create virtual table parent_search using fts5(email, word)"],
    drop: "drop table parent_search",
    kept: "parent_search",
  },
  PostgreSQL: {
    make: ["create materialized view parent_report as select id, owner as email from parent"],
    drop: "drop materialized view parent_report",
    kept: "parent_report",
  },
  MariaDB: {
    make: [
      "create table parent_past (id integer primary key, email varchar(64)) with system versioning",
    ],
    drop: "drop table parent_past",
    kept: "parent_past",
  },
};

for (const { name, skip, open } of KINDS) {
  describe(`tables of ${name}`, { concurrency: false }, () => {
    let ground: SqlGround;
    before(async () => {
      if (!skip) ground = await open();
    });
    after(async () => {
      if (!skip) await ground[Symbol.asyncDispose]();
    });
    beforeEach(async () => {
      if (!skip) await ground.run("drop table if exists child", "drop table if exists parent");
    });
    const source = (tables: DeclarationInput) =>
      sqlSource({ name: "app", url: ground.url, tables });
    const count = async (what: string): Promise<number> =>
      Number((await ground.rows(`select count(*) as many from ${what}`))[0]!["many"]);

    test("rows are told apart by several columns", { skip }, async () => {
      await ground.run(
        `create table parent (shop varchar(10) not null, nr integer not null, owner varchar(64),
           note varchar(64), primary key (shop, nr))`,
      );
      const row = (at: number) => `('s${at % 7}', ${at}, '${at % 2 ? "ann" : "bob"}', 'note')`;
      const rows = Array.from({ length: 1200 }, (_, at) => row(at));
      await ground.run(`insert into parent values ${rows.join()}`);
      const parent = {
        identity: { owner: "externalId" },
        key: ["shop", "nr"],
        category: "x",
        access: ["note"],
        erase: "delete",
      } as const;
      const found = await items(source({ parent }), ann);
      assert.equal(new Set(found.map(({ id }) => id)).size, 600);
      const columns = { owner: { strategy: "salted-hash" }, note: { strategy: "null" } } as const;
      const changing = source({ parent: { ...parent, anonymise: columns } });
      const order = { ground: "tax-law", keepUntil: 1 as never };
      assert.equal((await changing.anonymise!(ann, order, call())).recordsDeleted, 600);
      assert.equal(await count("parent where note is null"), 600);
      const bob = person("bob");
      assert.equal((await changing.erase!(bob, call())).recordsDeleted, 600);
      assert.equal(await count("parent"), 600);
    });

    test("what keeps copies of rows is warned of, and not declared", { skip }, async () => {
      const { make, drop, kept } = COPIES[name]!;
      const parent = {
        identity: { owner: "externalId" },
        category: "x",
        erase: "delete",
      } as const;
      await ground.run("create table parent (id integer primary key, owner varchar(64))", ...make);
      const found = await source({ parent }).check!(call().signal);
      const warned = found.filter(({ at }) => at?.startsWith(`${kept}.`));
      assert.deepEqual(
        warned.map(({ code, at }) => [code, at]),
        [["personal-column-undeclared", `${kept}.email`]],
      );
      const declared = await source({
        parent,
        [kept]: { ...parent, identity: { email: "email" } },
      }).check!(call().signal);
      const refused = declared.find(({ at }) => at === kept);
      assert.deepEqual([refused?.level, refused?.code], ["error", "table-missing"]);
      await ground.run(drop);
    });

    test(
      "rows that come behind their table's turn are found before it is too late",
      { skip },
      async () => {
        await ground.run(
          "create table parent (id integer primary key, owner varchar(64))",
          "create table child (id integer primary key, parent_id integer, kind varchar(10))",
          "insert into parent values (1, 'ann'), (2, 'bob')",
          "insert into child values (1, 1, 'x'), (2, 2, 'x')",
          "drop table if exists later",
          "create table later (id integer primary key, parent_id integer)",
          "insert into later values (7, 1)",
          ...addingTrigger(name),
        );
        const pointing = { references: { parent_id: "parent.id" }, category: "x", erase: "delete" };
        const tables = {
          child: pointing,
          later: pointing,
          parent: { identity: { owner: "externalId" }, category: "x", erase: "delete" },
        } as DeclarationInput;
        const { recordsDeleted } = await source(tables).erase!(ann, call());
        assert.equal(recordsDeleted, 4);
        assert.deepEqual(
          [await count("child"), await count("later"), await count("parent")],
          [1, 0, 1],
        );
      },
    );

    test("an id that looks like a hash is not taken for one", { skip }, async () => {
      const device = "0123456789abcdef01234567";
      await ground.run(
        "create table parent (id integer primary key, owner varchar(64), device varchar(64))",
        `insert into parent values (1, 'ann', '${device}')`,
      );
      const hash = { strategy: "salted-hash" } as const;
      const erase = { strategy: "columns", columns: { owner: hash, device: hash } } as const;
      const parent = { identity: { owner: "externalId" }, category: "x", erase };
      assert.equal((await source({ parent }).erase!(ann, call())).recordsDeleted, 1);
      assert.equal(await count(`parent where device = '${device}'`), 0);
    });

    test("a name that stays in a row has to be said, with its ground", { skip }, async () => {
      await ground.run(
        "create table parent (id integer primary key, owner varchar(64), note varchar(64))",
        "insert into parent values (1, 'ann', 'x')",
      );
      const gone = { note: { strategy: "null" } } as const;
      const parent = (columns: object) =>
        ({
          parent: {
            identity: { owner: "externalId" },
            category: "x",
            erase: { strategy: "columns", columns },
          },
        }) as DeclarationInput;
      await assert.rejects(
        source(parent(gone)).erase!(ann, call()),
        failing("declaration-invalid"),
      );
      const owner = { strategy: "preserve", ground: "tax-law", keepFor: "P1Y" };
      const kept = source(parent({ ...gone, owner }));
      const { collections } = await kept.erase!(ann, call());
      assert.equal(collections[0]!.ground, "tax-law");
      assert.deepEqual(await kept.verify!(ann, call()), { remaining: 0 });
    });

    test("a person is known by what the database calls a UUID", { skip }, async () => {
      const id = "0193c4f2-6e57-7d3a-9c61-3f2b8a1d4e5f";
      await ground.run(
        `create table parent (id integer primary key, owner ${name === "SQLite" ? "text" : "uuid"})`,
        `insert into parent values (1, '${id}'), (2, '${id.replace("0", "1")}')`,
      );
      const parent = { identity: { owner: "externalId" }, category: "x", erase: "delete" } as const;
      for (const other of ["ann", id.slice(1), `${id} `, ""]) {
        assert.equal((await source({ parent }).erase!(person(other), call())).recordsDeleted, 0);
      }
      // A column of that type knows no case; a text does.
      const written = name === "SQLite" ? id : id.toUpperCase();
      assert.equal((await source({ parent }).erase!(person(written), call())).recordsDeleted, 1);
    });

    test(
      "a column that takes capitals and small letters for the same leads to one of them",
      { skip },
      async () => {
        const type = {
          SQLite: "varchar(64) collate nocase",
          PostgreSQL: "varchar(64) collate insensitive",
          MariaDB: "varchar(64)",
        }[name]!;
        if (name === "PostgreSQL") {
          await ground.run(
            `create collation if not exists insensitive
             (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
          );
        }
        await ground.run(
          `create table parent (id integer primary key, owner ${type})`,
          "insert into parent values (1, 'ann'), (2, 'ANN'), (3, 'Ann')",
        );
        assert.equal(await count("parent where owner = 'ann'"), 3);
        const parent = {
          identity: { owner: "externalId" },
          category: "x",
          erase: "delete",
        } as const;
        const both = source({ parent });
        const listed: string[] = [];
        for await (const one of both.identities!(call().signal)) listed.push(one);
        assert.deepEqual(listed.sort(), ["ANN", "Ann", "ann"]);
        assert.equal((await both.erase!(ann, call())).recordsDeleted, 1);
        assert.equal(await count("parent"), 2);
      },
    );

    if (name === "SQLite") return;

    test("a table of another schema is declared with its name", { skip }, async () => {
      await ground.run(
        "create schema if not exists other",
        "drop table if exists other.people",
        "create table other.people (id integer primary key, owner varchar(64))",
        "insert into other.people values (1, 'ann'), (2, 'bob')",
      );
      const people = { identity: { owner: "externalId" }, category: "x", erase: "delete" } as const;
      const { collections } = await source({ "other.people": people }).erase!(ann, call());
      assert.deepEqual(collections, [{ name: "other.people", records: 1, strategy: "delete" }]);
      assert.equal(await count("other.people"), 1);
    });
  });
}

describe("row-level security of PostgreSQL", () => {
  test("who is hidden from the login is not said to be gone", async () => {
    await using ground = await KINDS.find(({ name }) => name === "PostgreSQL")!.open();
    const login = `reader_${randomUUID().slice(0, 8)}`;
    await ground.run(
      "create table parent (id integer primary key, owner varchar(64))",
      "insert into parent values (1, 'ann')",
      "alter table parent enable row level security",
      "create policy nobody on parent using (false)",
      `create role ${login} login password 'reader'`,
      `grant select, delete, update on parent to ${login}`,
    );
    const url = new URL(ground.url);
    [url.username, url.password] = [login, "reader"];
    const parent = { identity: { owner: "externalId" }, category: "x", erase: "delete" } as const;
    const source = sqlSource({ name: "app", url: url.href, tables: { parent } });
    try {
      const found = await source.check!(call().signal);
      assert.deepEqual(
        found.filter(({ level }) => level === "error").map(({ code, at }) => [code, at]),
        [["rows-hidden", "parent"]],
      );
      await assert.rejects(source.erase!(ann, call()), failing("declaration-invalid"));
      await assert.rejects(source.verify!(ann, call()));
      await assert.rejects(items(source, ann));
    } finally {
      await ground.run(`drop owned by ${login}`, `drop role ${login}`);
    }
  });
});

/** A row of `later` that goes makes one of `child`. */
function addingTrigger(name: string): readonly string[] {
  const insert = "insert into child values (old.id, old.parent_id, 'late')";
  if (name === "SQLite") {
    return [`create trigger adding after delete on later begin ${insert}; end`];
  }
  if (name === "MariaDB") {
    return [`create trigger adding after delete on later for each row ${insert}`];
  }
  return [
    `create or replace function adding() returns trigger language plpgsql
       as $$ begin ${insert}; return null; end $$`,
    "create trigger adding after delete on later for each row execute function adding()",
  ];
}
