import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, test } from "node:test";

import { fileSource, sqlSource } from "#connectors";
import { openTestOubli } from "#engine";
import type { EpochMs } from "#kernel";
import type { DeclarationInput } from "#sources";
import { verifyCertificate } from "#verify";

import { eraseAda, ledger, officer } from "./elsewhere-world.ts";

// Goal: systems that are declared by data take part in an erasure like any other. Method: an
// application's database and folder beside a store, read by their own means.

const VISITS = { category: "visit", erase: "delete", maxAge: "P1Y" } as const;

const TABLES: DeclarationInput = {
  users: {
    identity: { external_id: "externalId" },
    category: "profile",
    access: ["name"],
    erase: "delete",
  },
  orders: {
    references: { user_id: "users.id" },
    category: "purchase",
    access: ["street"],
    erase: "delete",
  },
  invoices: {
    identity: { customer: "externalId" },
    category: "purchase",
    erase: {
      strategy: "columns",
      columns: {
        customer: { strategy: "salted-hash" },
        amount: { strategy: "preserve", ground: "tax-law", keepFor: "P10Y" },
      },
    },
  },
};

describe("declared systems in an erasure", () => {
  let folder: string;
  let database: DatabaseSync;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "oubli-declared-"));
    database = new DatabaseSync(join(folder, "shop.db"));
    database.exec(`
      create table users (id integer primary key, external_id text not null, name text);
      create table orders (id integer primary key, user_id integer references users, street text);
      create table gifts (id integer primary key, order_id integer references orders on delete cascade);
      create table invoices (id integer primary key, customer text, amount integer);
      insert into users values (1, 'ada', 'Ada'), (2, 'bob', 'Bob');
      insert into orders values (1, 1, 'Elm Road'), (2, 1, 'Elm Road'), (3, 2, 'Oak Lane');
      insert into gifts values (1, 1), (2, 3);
      insert into invoices values (1, 'ada', 12), (2, 'bob', 13);`);
    for (const who of ["ada", "bob"]) {
      mkdirSync(join(folder, "files/uploads", who), { recursive: true });
      writeFileSync(join(folder, "files/uploads", who, "letter.txt"), `letter of ${who}`);
    }
  });
  afterEach(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });

  const shop = () =>
    sqlSource({
      name: "shop",
      url: `sqlite:${join(folder, "shop.db")}`,
      tables: TABLES,
      backupsEnd: "P35D",
    });
  const uploads = () =>
    fileSource({
      name: "uploads",
      root: join(folder, "files"),
      files: [{ path: "uploads/<externalId>/", category: "document" }],
    });
  const open = async () => {
    const oubli = await openTestOubli({}, { sources: [shop(), uploads()] });
    await oubli.subject("ada");
    await oubli.subject("bob");
    return oubli;
  };
  const many = (what: string): number =>
    Number(database.prepare(`select count(*) as many from ${what}`).get()!["many"]);

  const aged = (anchor: string) =>
    sqlSource({
      name: "shop",
      url: `sqlite:${join(folder, "shop.db")}`,
      tables: { visits: { identity: { who: "externalId" }, ...VISITS, anchor } },
    });

  test("in SQLite a text in the form of ISO 8601 is an anchor, and one that is no day keeps its row", async () => {
    database.exec(`create table visits (id integer primary key, who text, at text, epoch integer);
      insert into visits (who, at) values ('ada', '2020-01-01'), ('ada', '2020-01-01T10:00:00Z'),
        ('ada', '2031-01-01'), ('ada', '09:30'), ('ada', '2451'), ('ada', 'yesterday'), ('ada', null);`);
    const [rule] = aged("at").retention!;
    const before = Date.UTC(2026, 0, 1) as EpochMs;
    const { signal } = new AbortController();
    assert.equal(await rule!.count(before, signal), 2);
    assert.equal(await rule!.sweep(before, 10, signal), 2);
    assert.equal(many("visits"), 5);
  });

  test("a number is no anchor: opening is refused with the column and the types that are accepted", async () => {
    database.exec("create table visits (id integer primary key, who text, epoch integer)");
    await assert.rejects(openTestOubli({}, { sources: [aged("epoch")] }), {
      code: "CONFIG_INVALID",
      details: {
        field: "sources.shop.visits.epoch",
        given: "anchor-no-time",
        accepted: "time | text",
      },
    });
  });

  test("an erasure is complete when tables and files are empty of the person, and says so", async () => {
    const oubli = await open();
    const { targets } = await eraseAda(oubli);
    assert.equal(targets!.complete, true);
    assert.deepEqual([many("users"), many("orders"), many("gifts")], [1, 1, 1]);
    assert.equal(many("invoices where customer = 'ada'"), 0);
    assert.equal(many("invoices where amount = 12"), 1);
    assert.ok(!existsSync(join(folder, "files/uploads/ada")));
    assert.ok(existsSync(join(folder, "files/uploads/bob/letter.txt")));
    const { json, verifierKey, entry } = targets!.certificate!;
    assert.equal((await verifyCertificate(json, verifierKey)).valid, true);
    const listed = entry["targets"] as { target: string; success: boolean; kept: object[] }[];
    assert.deepEqual(
      listed.map(({ target, success }) => [target, success]),
      [
        ["shop", true],
        ["uploads", true],
      ],
    );
    assert.equal((listed[0]!.kept[0] as { ground?: string }).ground, "tax-law");
    const told = `${JSON.stringify(entry)} ${await ledger(oubli)}`;
    for (const part of ['"ada', "Elm Road", "letter.txt"]) assert.ok(!told.includes(part), part);
    await oubli.close();
  });

  test("a table that a restored backup filled again is found by its tombstones", async () => {
    const copy = join(folder, "backup.db");
    copyFileSync(join(folder, "shop.db"), copy);
    const oubli = await open();
    await eraseAda(oubli);
    database.close();
    copyFileSync(copy, join(folder, "shop.db"));
    database = new DatabaseSync(join(folder, "shop.db"));
    assert.equal(many("users where external_id = 'ada'"), 1);
    const again = await officer(oubli).sources.tombstones("shop", { erase: true });
    assert.deepEqual([again.found, again.erased, again.failed], [1, 1, 0]);
    assert.equal(many("users where external_id = 'ada'"), 0);
    await oubli.close();
  });

  test("a store is not opened over a declaration that its tables have grown away from", async () => {
    database.exec("alter table users rename column external_id to account");
    await assert.rejects(openTestOubli({}, { sources: [shop()] }), {
      code: "CONFIG_INVALID",
      details: {
        field: "sources.shop.users.external_id",
        given: "column-missing",
        accepted: "see: oubli sources check",
      },
    });
  });
});
