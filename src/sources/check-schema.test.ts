import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { describe, test } from "node:test";

import { checkSchema, whyUnfit } from "./check-schema.ts";
import type { CollectionInput, ColumnStrategy } from "./declaration.ts";
import { declareTables } from "./declare.ts";
import { looksPersonal } from "./personal-names.ts";
import type { SchemaColumn, SchemaTable } from "./schema.ts";
import { changed, HASH_CHARACTERS } from "./strategies.ts";

const column = (name: string, more: Partial<SchemaColumn> = {}): SchemaColumn => ({
  name,
  type: "text",
  length: null,
  nullable: true,
  unique: false,
  generated: false,
  ...more,
});

const table = (name: string, columns: readonly SchemaColumn[]): SchemaTable => ({
  name,
  columns,
  references: [],
});

function findings(users: Partial<CollectionInput>, schema: readonly SchemaTable[]) {
  const input = { identity: { id: "externalId" }, category: "contact", erase: "delete", ...users };
  const declared = declareTables({ users: input as CollectionInput }, { source: "crm" });
  return checkSchema(declared, schema).map(({ level, code, at }) => `${level} ${code} ${at}`);
}

describe("a declaration is held against the live schema", () => {
  test("one that fits has nothing to report", () => {
    const schema = [table("users", [column("id"), column("total", { type: "number" })])];
    assert.deepEqual(findings({ access: ["total"] }, schema), []);
  });

  test("a table or a column that is not there is an error", () => {
    assert.deepEqual(findings({}, []), ["error table-missing users"]);
    assert.deepEqual(findings({ access: ["gone"] }, [table("users", [column("id")])]), [
      "error column-missing users.gone",
    ]);
  });

  test("a column that looks personal and is not declared is a warning", () => {
    const schema = [table("users", [column("id"), column("home_address"), column("colour")])];
    assert.deepEqual(findings({}, schema), [
      "warning personal-column-undeclared users.home_address",
    ]);
  });

  test("a row that stays must lose each column that looks personal, and its identity", () => {
    const schema = [table("users", [column("key"), column("id"), column("email")])];
    const erase = { strategy: "columns", columns: {} } as const;
    assert.deepEqual(findings({ key: ["key"], erase, access: ["email"] }, schema), [
      "warning identity-column-kept users.id",
      "warning personal-column-not-erased users.email",
    ]);
  });

  test("a table that nobody declared and that the database empties, or keeps us from, is a warning", () => {
    const of = (name: string, onDelete: "cascade" | "restrict"): SchemaTable => ({
      ...table(name, []),
      references: [{ column: "user", table: "users", to: "id", onDelete }],
    });
    const schema = [
      table("users", [column("id")]),
      of("logins", "cascade"),
      of("bills", "restrict"),
    ];
    assert.deepEqual(findings({}, schema), [
      "warning undeclared-table-follows logins.user",
      "warning undeclared-table-restricts bills.user",
    ]);
  });
});

describe("a strategy fits its column's type and constraints", () => {
  const year: ColumnStrategy = { strategy: "generalise", to: "year" };
  const constant = (value: string | number | boolean): ColumnStrategy => ({
    strategy: "constant",
    value,
  });
  for (const [strategy, more, why] of [
    [{ strategy: "null" }, { nullable: false }, "column-not-null"],
    [{ strategy: "null" }, {}, null],
    [{ strategy: "null" }, { generated: true }, "column-generated"],
    [constant("-"), { unique: true }, "constant-in-unique-column"],
    [constant("gone"), { length: 3 }, "constant-of-other-type"],
    [constant(7), {}, "constant-of-other-type"],
    [constant(7), { type: "number" }, null],
    [constant(false), { type: "boolean" }, null],
    [{ strategy: "salted-hash" }, { length: 20 }, "hash-too-long"],
    [{ strategy: "salted-hash" }, { type: "number" }, "hash-in-other-type"],
    [{ strategy: "salted-hash" }, { unique: true }, null],
    [year, {}, "generalised-other-type"],
    [year, { type: "time" }, null],
    [year, { type: "time", unique: true }, "generalised-unique-column"],
    [{ strategy: "preserve", ground: "tax", keepFor: "P1Y" }, { generated: true }, null],
  ] as const) {
    test(`${JSON.stringify(strategy)} on ${JSON.stringify(more)}: ${why ?? "fits"}`, () => {
      assert.equal(whyUnfit(column("it", more), strategy), why);
    });
  }
});

describe("what takes a value's place", () => {
  const salt = createSecretKey(Buffer.alloc(32, 1));
  const to = (
    value: never,
    generalise: Extract<ColumnStrategy, { strategy: "generalise" }>["to"],
  ) => changed(value, { strategy: "generalise", to: generalise }, salt);

  test("a hash is the same for the same value of one erasure, another under another salt", () => {
    const hash = { strategy: "salted-hash" } as const;
    const once = changed("ada@example.org", hash, salt);
    assert.match(String(once), new RegExp(`^[0-9a-f]{${HASH_CHARACTERS}}$`));
    assert.equal(changed("ada@example.org", hash, salt), once);
    assert.notEqual(changed("ada@example.org", hash, createSecretKey(Buffer.alloc(32, 2))), once);
  });

  test("times keep their year or month, numbers their step, texts their first characters", () => {
    assert.equal(to("1984-06-09" as never, "year"), "1984-01-01");
    assert.equal(to("1984-06-09T10:00:00Z" as never, "month"), "1984-06-01");
    assert.deepEqual(to(new Date("1984-06-09") as never, "year"), new Date("1984-01-01"));
    assert.equal(to(47 as never, { step: 10 }), 40);
    assert.equal(to("10115 Berlin" as never, { characters: 2 }), "10");
    assert.equal(to("no date" as never, "year"), null);
  });

  test("nothing stays nothing", () => {
    assert.equal(changed(null, { strategy: "constant", value: "x" }, salt), null);
  });
});

test("names that look personal are told from those that do not, by whole words", () => {
  for (const name of ["email", "HomeAddress", "customer_id", "IP", "user_agent", "notes", "dob"]) {
    assert.ok(looksPersonal(name), name);
  }
  for (const name of ["id", "description", "total", "state", "created_at", "version", "shape"]) {
    assert.ok(!looksPersonal(name), name);
  }
});
