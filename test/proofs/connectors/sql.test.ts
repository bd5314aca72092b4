import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { sqlSource } from "#connectors";
import type { EpochMs } from "#kernel";
import type { DeclarationInput, Identity, SourceGround } from "#sources";

import { call, failing, items, person, connectorRules } from "../../support/source-rules.ts";
import {
  fill,
  holds,
  INVOICES,
  keepingTrigger,
  KINDS,
  LINES,
  RECORDS,
  SCHEMA,
  TABLES,
  type SqlGround,
} from "./sql-grounds.ts";

// Goal: what a person has in an application's tables is found, given out and removed as declared,
// and nothing of anybody else's, on each database. Method: real servers, filled and counted by
// clients that are not the source's.

const ann = person("ann", { email: "ann@example.org" });
const bob = person("bob", { email: "bob@example.org" });
const ANN = 100;
const BOB = 200;
const now = { now: () => Date.UTC(2026, 5, 1) as EpochMs };

for (const { name, skip, open } of KINDS) {
  describe(`${name} as a source`, { concurrency: false }, () => {
    let ground: SqlGround;
    before(async () => {
      if (skip) return;
      ground = await open();
      await ground.run(...SCHEMA);
    });
    after(async () => {
      if (!skip) await ground[Symbol.asyncDispose]();
    });
    beforeEach(async () => {
      if (skip) return;
      const all = "sessions invoices messages order_lines orders users".split(" ");
      await ground.run("drop table if exists extra", ...all.map((table) => `delete from ${table}`));
      await fill(ground, ann, ANN);
      await fill(ground, bob, BOB);
    });

    const source = (tables: DeclarationInput = TABLES, url = ground.url) =>
      sqlSource({ name: "shop", url, tables }, now);
    const left = (who: Identity) => holds(ground, who, who === ann ? ANN : BOB);
    const conformed = (): SourceGround => ({
      source: source(),
      ann,
      bob,
      records: RECORDS,
      holds: left,
      ...(ground.server && {
        outage: { begin: () => ground.server!.kill(), end: () => ground.server!.restart() },
      }),
    });
    const count = async (what: string): Promise<number> =>
      Number((await ground.rows(`select count(*) as many from ${what}`))[0]!["many"]);

    for (const { rule, check } of connectorRules) test(rule, { skip }, () => check(conformed()));

    test("rows that the database deletes by itself are counted, and said", { skip }, async () => {
      const outcome = await source().erase!(ann, call());
      const lines = outcome.collections.find(({ name }) => name === "order_lines");
      assert.deepEqual(lines, { name: "order_lines", records: LINES, strategy: "delete" });
      assert.equal(outcome.recordsDeleted, RECORDS + LINES);
      assert.equal(await count("order_lines"), LINES);
    });

    test("a tree of rows that goes by itself is counted whole", { skip }, async () => {
      await ground.run(
        `create table extra (id integer primary key, parent integer, owner integer,
           foreign key (parent) references extra (id) on delete cascade,
           foreign key (owner) references users (id) on delete cascade)`,
        `insert into extra values (1, null, ${ANN}), (2, 1, null), (3, 2, null), (4, 3, null)`,
        `insert into extra values (5, null, ${BOB}), (6, 5, null)`,
      );
      const { collections } = await source().erase!(ann, call());
      const counted = collections.filter(({ name }) => name === "extra");
      assert.equal(
        counted.reduce((sum, { records }) => sum + records, 0),
        4,
      );
      assert.equal(await count("extra"), 2);
    });

    test("an export gives the access list, and says what is withheld", { skip }, async () => {
      const found = await items(source(), ann);
      const message = found.find(
        ({ collection, id }) => collection === "messages" && id === "100",
      )!;
      assert.deepEqual(message.data, { body: "words of ann" });
      assert.deepEqual(message.withheld, [{ field: "recipient", reason: "third-person" }]);
      const profile = found.find(({ collection }) => collection === "users")!;
      assert.deepEqual(Object.keys(profile.data).sort(), [
        "born",
        "email",
        "external_id",
        "name",
        "note",
      ]);
      assert.equal(profile.data["born"], "1980-05-03");
    });

    test(
      "rows of a table without an access list are said to be held; the check warns",
      { skip },
      async () => {
        const { access: _access, withheld: _withheld, ...messages } = TABLES["messages"]!;
        const silent = source({ ...TABLES, messages });
        const found = (await items(silent, ann)).filter((one) => one.collection === "messages");

        const withheld = [{ field: "*", reason: "access-undeclared" }];
        assert.deepEqual(
          found.map(({ id, data, withheld }) => ({ id, data, withheld })),
          // Numbers, and not keys: a session's key is its secret.
          ["1", "2"].map((id) => ({ id, data: {}, withheld })),
        );
        const warned = async (one: typeof silent) =>
          (await one.check!(call().signal)).filter(({ code }) => code === "access-undeclared");
        assert.deepEqual(await warned(silent), [
          { level: "warning", code: "access-undeclared", at: "messages" },
        ]);
        assert.ok((await warned(source())).every(({ at }) => at !== "messages"));
      },
    );

    test("whoever is known by number is found by that number alone", { skip }, async () => {
      await ground.run(
        "create table extra (id integer primary key, account integer not null)",
        "insert into extra values (1, 0), (2, 7), (3, 70), (4, 7)",
      );
      const tables = {
        extra: { identity: { account: "externalId" }, category: "x", erase: "delete" },
      };
      const numbered = source(tables as DeclarationInput);
      for (const odd of [
        "abc",
        "",
        "7abc",
        "07",
        "7.0",
        "7e0",
        " 7",
        "0x7",
        "99999999999999999999",
      ]) {
        assert.equal((await numbered.erase!(person(odd), call())).recordsDeleted, 0, odd);
      }
      assert.equal((await numbered.erase!(person("7"), call())).recordsDeleted, 2);
      assert.equal(await count("extra"), 2);
    });

    test(
      "order by order: what points to a row goes before it, also where the key restricts",
      { skip },
      async () => {
        const { collections } = await source().erase!(ann, call());
        const names = collections.map(({ name }) => name);
        assert.ok(names.indexOf("orders") < names.indexOf("users"), String(names));
      },
    );

    test(
      "a table that nobody declared and that restricts is told as such; nothing is said to be done",
      { skip },
      async () => {
        await ground.run(
          `create table extra (id integer primary key, owner integer,
           foreign key (owner) references users (id))`,
          `insert into extra values (1, ${ANN})`,
        );
        const found = await source().check!(call().signal);
        assert.ok(
          found.some(
            ({ code, at }) => code === "undeclared-table-restricts" && at === "extra.owner",
          ),
        );
        await assert.rejects(source().erase!(ann, call()), failing("referenced", "ann", "extra"));
        assert.ok((await source().verify!(ann, call())).remaining > 0);
        await ground.run("delete from extra");
        await source().erase!(ann, call());
        assert.equal(await left(ann), 0);
      },
    );

    test(
      "rows marked as gone keep what points to them, and lose the person",
      { skip },
      async () => {
        const tables: DeclarationInput = {
          ...TABLES,
          users: {
            ...TABLES["users"]!,
            erase: {
              strategy: "tombstone",
              mark: { column: "note", value: "erased" },
              columns: {
                external_id: { strategy: "salted-hash" },
                email: { strategy: "null" },
                name: { strategy: "constant", value: "-" },
                born: { strategy: "generalise", to: "year" },
              },
            },
          },
          orders: {
            ...TABLES["orders"]!,
            erase: { strategy: "preserve", ground: "tax-law", keepFor: "P10Y" },
          },
        };
        const outcome = await source(tables).erase!(ann, call());
        const [row] = await ground.rows(`select * from users where id = ${ANN}`);
        assert.equal(row!["note"], "erased");
        assert.equal(row!["email"], null);
        assert.equal(row!["name"], "-");
        assert.match(String(row!["external_id"]), /^[0-9a-f]{24}$/);
        const [born] = await ground.rows(
          `select cast(born as char(10)) as b from users where id = ${ANN}`,
        );
        assert.equal(born!["b"], "1980-01-01");
        const of = new Map(outcome.collections.map((one) => [one.name, one]));
        assert.deepEqual(of.get("users"), { name: "users", records: 1, strategy: "tombstone" });
        assert.deepEqual(of.get("orders"), {
          name: "orders",
          records: 2,
          strategy: "preserve",
          ground: "tax-law",
          keepUntil: Date.UTC(2036, 5, 1),
        });
        assert.equal(await count("orders"), 4);
        assert.deepEqual(await source(tables).verify!(ann, call()), { remaining: 0 });
        assert.equal((await source(tables).erase!(ann, call())).recordsDeleted, 0);
      },
    );

    test("data made anonymous keep their statistics, and lead to nobody", { skip }, async () => {
      await ground.run(
        "insert into invoices values (1, 'ann', '+49 1', 'Ulm', 1234, '2026-04-03 10:20:30')",
        "insert into invoices values (2, 'ann', '+49 1', 'Ulm', 99, '2025-12-31 23:59:59')",
        "insert into invoices values (3, 'bob', '+49 2', 'Bonn', 1234, '2026-04-03 10:20:30')",
      );
      const books = source({ invoices: INVOICES });
      const keepUntil = Date.UTC(2036, 11, 31) as EpochMs;
      const order = { ground: "tax-law", keepUntil };
      const outcome = await books.anonymise!(ann, order, call());
      assert.deepEqual(outcome.collections, [
        { name: "invoices", records: 2, strategy: "salted-hash", ...order },
      ]);
      const rows = await ground.rows(
        "select id, customer, phone, town, amount, cast(issued as char(19)) as issued from invoices order by id",
      );
      const hash = String(rows[0]!["customer"]);
      assert.match(hash, /^[0-9a-f]{24}$/);
      assert.equal(rows[1]!["customer"], hash);
      assert.deepEqual(
        rows.map(({ amount, town, phone, issued }) => [amount, town, phone, issued]),
        [
          [1200, "-", null, "2026-01-01 00:00:00"],
          [0, "-", null, "2025-01-01 00:00:00"],
          [1234, "Bonn", "+49 2", "2026-04-03 10:20:30"],
        ],
      );
      assert.deepEqual(await items(books, ann), []);
      assert.deepEqual(await books.verify!(ann, call()), { remaining: 0 });
      assert.equal((await books.anonymise!(ann, order, call())).recordsDeleted, 0);
    });

    test("rows that somebody else holds are waited for, not passed over", { skip }, async () => {
      const release = await ground.hold("update sessions set seen = seen where token = 't100'");
      const erasing = source().erase!(ann, call());
      setTimeout(() => void release(), 400);
      assert.equal((await erasing).recordsDeleted, RECORDS + LINES);
      assert.equal(await left(ann), 0);
    });

    test("rows that stay whatever is done are never said to be gone", { skip }, async () => {
      await ground.run(...keepingTrigger(name));
      await assert.rejects(source().erase!(ann, call()), failing("refused"));
      assert.ok((await source().verify!(ann, call())).remaining > 0);
      const drop = name === "PostgreSQL" ? "drop function keep() cascade" : "drop trigger keep";
      await ground.run(drop);
    });

    test("the declaration is held against the tables as they are", { skip }, async () => {
      const tables: DeclarationInput = {
        users: {
          identity: { external_id: "externalId", born: "birth" },
          category: "profile",
          erase: { strategy: "columns", columns: { id_card: { strategy: "null" } } },
        },
        nowhere: { identity: { a: "externalId" }, category: "profile", erase: "delete" },
        messages: {
          identity: { sender: "externalId" },
          key: ["sender"],
          category: "x",
          erase: "delete",
        },
      };
      const bad = source(tables);
      const found = await bad.check!(call().signal);
      const errors = found.filter(({ level }) => level === "error");
      const named = errors.map(({ code, at }) => `${code} ${at}`);
      for (const one of [
        "table-missing nowhere",
        "column-missing users.id_card",
        "key-not-unique messages",
        ...(name === "SQLite" ? [] : ["identity-of-other-type users.born"]),
      ]) {
        assert.ok(named.includes(one), `${one} in ${named}`);
      }
      await assert.rejects(bad.erase!(ann, call()), failing("declaration-invalid"));
      assert.equal(await left(ann), RECORDS);
      const undeclared = found.find(({ at }) => at === "invoices.phone");
      assert.deepEqual(
        [undeclared?.level, undeclared?.code],
        ["warning", "personal-column-undeclared"],
      );
    });

    test(
      "rows to be kept are not deleted by a key that cascades: it is said before",
      { skip },
      async () => {
        await ground.run(
          `create table extra (id integer primary key, owner integer,
           foreign key (owner) references users (id) on delete cascade)`,
          `insert into extra values (1, ${ANN})`,
        );
        const kept = { strategy: "preserve", ground: "tax-law", keepFor: "P10Y" } as const;
        const extra = { references: { owner: "users.id" }, category: "x", erase: kept };
        await assert.rejects(
          source({ ...TABLES, extra }).erase!(ann, call()),
          failing("declaration-invalid"),
        );
        assert.equal(await count("extra"), 1);
      },
    );

    test(
      "a retention rule counts what is old, and sweeps it a bounded number at a time",
      { skip },
      async () => {
        const [rule] = source().retention!;
        assert.equal(rule!.rule, "sessions");
        const before = Date.UTC(2021, 0, 1) as EpochMs;
        assert.equal(await rule!.count(before, call().signal), 2);
        assert.equal(await rule!.sweep(before, 1, call().signal), 1);
        assert.equal(await rule!.sweep(before, 10, call().signal), 1);
        assert.equal(await rule!.sweep(before, 10, call().signal), 0);
        assert.equal(await count("sessions"), 2);
      },
    );

    test(
      "a retention rule passes over whoever is on hold, and takes what leads to nobody",
      { skip },
      async () => {
        const [rule] = source().retention!;
        assert.deepEqual([rule!.maxAge, rule!.spares], ["P90D", true]);
        await ground.run(`insert into sessions values ('n1', null, '2020-01-01 10:00:00')`);
        const before = Date.UTC(2021, 0, 1) as EpochMs;
        assert.equal(await rule!.count(before, call().signal, [ann]), 2);
        assert.equal(await rule!.sweep(before, 10, call().signal, [ann]), 2);
        assert.equal(await rule!.count(before, call().signal, [ann, bob]), 0);
        assert.equal(await rule!.count(before, call().signal), 1);
        const byMail = { ...TABLES["sessions"]!, identity: { account: "email" } };
        assert.equal(source({ sessions: byMail }).retention![0]!.spares, false);
      },
    );

    test("a table that leads to people by e-mail alone asks for it", { skip }, async () => {
      const users = { ...TABLES["users"]!, identity: { email: "email" }, access: ["name"] };
      const byMail = source({ users });
      await ground.run("delete from order_lines", "delete from orders");
      await assert.rejects(byMail.erase!(person("ann"), call()), failing("identifier-missing"));
      const without = await byMail.erase!(person("ann", { email: "" }), call());
      assert.equal(without.recordsDeleted, 0);
      assert.equal((await byMail.erase!(ann, call())).recordsDeleted, 1);
    });

    test("5,000 rows come out page by page, each once", { skip }, async () => {
      const values = Array.from(
        { length: 5000 },
        (_, at) => `(${at + 1000}, 'ann', 'x', 'm${at}')`,
      );
      await ground.run(`insert into messages values ${values.join()}`);
      const found = await items(source(), ann);
      assert.equal(found.length, RECORDS + 5000);
      assert.equal(
        new Set(found.map(({ collection, id }) => `${collection} ${id}`)).size,
        found.length,
      );
    });
  });
}
