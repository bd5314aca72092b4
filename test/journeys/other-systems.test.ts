import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";

import { fileSource, sqlSource } from "#connectors";
import { openTestOubli } from "#engine";
import { verifyCertificate } from "#verify";

const OFFICER = { kind: "staff", id: "dpo", roles: ["privacy-officer"] } as const;

const SCHEMA = `
  CREATE TABLE users (id INTEGER PRIMARY KEY, external_id TEXT UNIQUE, email TEXT);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id));
  CREATE TABLE invoices (id INTEGER PRIMARY KEY, customer TEXT, name TEXT, total INTEGER);
`;

function fill(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(SCHEMA);
  for (const [id, who] of [
    [1, "ada"],
    [2, "bob"],
  ] as const) {
    database.prepare("INSERT INTO users VALUES (?, ?, ?)").run(id, who, `${who}@example.org`);
    database.prepare("INSERT INTO orders VALUES (?, ?), (?, ?)").run(id, id, id + 10, id);
    database.prepare("INSERT INTO invoices VALUES (?, ?, ?, ?)").run(id, who, `Name of ${who}`, 7);
  }
  database.close();
}

function rowsOf(file: string, sql: string): readonly unknown[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

test("a person is erased in a shop's tables, its books and its files; the certificate lists each, and a restored shop forgets again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "oubli-systems-"));
  const [shop, books, files] = ["shop.db", "books.db", "files"].map((name) => join(folder, name));
  fill(shop!);
  fill(books!);
  for (const who of ["ada", "bob"]) {
    mkdirSync(join(files!, "uploads", who), { recursive: true });
    writeFileSync(join(files!, "uploads", who, "photo.png"), who);
  }
  const backup = join(folder, "shop.backup");
  cpSync(shop!, backup);

  const sources = [
    sqlSource({
      name: "shop",
      url: `sqlite:${shop}`,
      backupsEnd: "P35D",
      tables: {
        users: {
          identity: { external_id: "externalId" },
          category: "contact",
          access: ["email"],
          erase: "delete",
        },
        orders: { references: { user_id: "users.id" }, category: "order", erase: "delete" },
      },
    }),
    sqlSource({
      name: "books",
      url: `sqlite:${books}`,
      eraseAfter: ["shop"],
      tables: {
        invoices: {
          identity: { customer: "externalId" },
          category: "order",
          access: ["total"],
          erase: "delete",
          anonymise: {
            customer: { strategy: "salted-hash" },
            name: { strategy: "constant", value: "erased" },
          },
        },
      },
    }),
    fileSource({
      name: "files",
      root: files!,
      tier: "cache",
      files: [{ path: "uploads/<externalId>/", category: "contact" }],
    }),
  ];
  const oubli = await openTestOubli({}, { sources });
  const office = oubli.as(OFFICER);
  const { sources: face } = office;
  for (const { source, findings } of await face.check()) {
    assert.deepEqual(
      findings.filter(({ level }) => level === "error"),
      [],
      source,
    );
  }
  const keepUntil = Date.UTC(2036, 11, 31);
  const person = await office.subject("ada");
  const { targets } = await person.erase({
    anonymise: [{ source: "books", ground: "tax-law", keepUntil }],
  });

  assert.deepEqual(
    targets!.targets.map(({ target, success, error, verified }) => [
      target,
      success,
      error,
      verified,
    ]),
    ["shop", "books", "files"].map((name) => [name, true, undefined, true]),
  );
  const proved = await verifyCertificate(
    targets!.certificate!.json,
    oubli.audit.verifierKey("ledger"),
  );
  assert.ok(proved.valid);
  const kept = (proved.entry["targets"] as { target: string; kept: object[] }[]).find(
    ({ target }) => target === "books",
  );
  assert.ok(JSON.stringify(kept).includes('"ground":"tax-law"'), JSON.stringify(kept));

  assert.deepEqual(rowsOf(shop!, "SELECT external_id FROM users").length, 1);
  assert.deepEqual(rowsOf(shop!, "SELECT id FROM orders").length, 2);
  assert.equal(existsSync(join(files!, "uploads", "ada")), false);
  assert.equal(existsSync(join(files!, "uploads", "bob", "photo.png")), true);
  const invoices = rowsOf(books!, "SELECT customer, name, total FROM invoices ORDER BY id") as {
    customer: string;
    name: string;
    total: number;
  }[];
  assert.match(invoices[0]!.customer, /^[0-9a-f]{24,}$/);
  assert.deepEqual(
    [invoices[0]!.name, invoices[0]!.total, invoices[1]!.customer],
    ["erased", 7, "bob"],
  );

  cpSync(backup, shop!);
  assert.equal((await face.tombstones("shop")).found, 1);
  assert.equal((await face.tombstones("shop", { erase: true })).erased, 1);
  assert.equal(rowsOf(shop!, "SELECT id FROM users").length, 1);
  await oubli.close();
  rmSync(folder, { recursive: true });
});
