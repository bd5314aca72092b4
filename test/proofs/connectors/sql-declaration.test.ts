import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { sqlSource } from "#connectors";
import type { DeclarationInput } from "#sources";

import { TABLES } from "./sql-grounds.ts";

describe("a declaration of tables", () => {
  const given = { name: "shop", url: "sqlite:./app.db", tables: TABLES };

  test("is refused with file, path and what is accepted", () => {
    const users = { ...TABLES["users"]!, erase: "delet" };
    const tables = { ...TABLES, users } as unknown as DeclarationInput;
    assert.throws(() => sqlSource({ ...given, tables, file: "/etc/secret/shop.json" }), {
      code: "CONFIG_INVALID",
      details: {
        file: "shop.json",
        field: "sources.shop.tables.users.erase",
        given: "a string of 5 characters",
        accepted: "a strategy and its fields: docs/how-to/sources.md",
      },
    });
  });

  test("of a cycle is refused before anything is opened", () => {
    const a = {
      references: { b_id: "b.id" },
      identity: { who: "externalId" },
      category: "x",
      erase: "delete",
    };
    const b = { references: { a_id: "a.id" }, category: "x", erase: "delete" };
    assert.throws(() => sqlSource({ ...given, tables: { a, b } as DeclarationInput }), {
      code: "CONFIG_INVALID",
    });
  });

  for (const url of [
    "oracle://host/db",
    "postgres://host/db?sslmode=prefer",
    "mysql://host/db?multipleStatements=true",
    "sqlite:",
    "postgres://user:p%zz@host/db",
  ]) {
    test(`of an address that is none is refused, and not printed: ${url}`, () => {
      assert.throws(
        () => sqlSource({ ...given, url }),
        (error: Error) => /CONFIG_INVALID/.test(error.message) && !error.message.includes("host"),
      );
    });
  }

  test("beyond this machine a connection is encrypted unless its address says otherwise", async () => {
    const { parseServer } = await import("../../../src/connectors/sql/server.ts");
    const tls = (url: string) => parseServer(url, null)?.tls ?? null;
    assert.deepEqual(tls("postgres://u:p@db.example/x"), { rejectUnauthorized: true });
    assert.deepEqual(tls("mariadb://u:p@127.0.0.1/x"), null);
    assert.deepEqual(tls("mysql://u:p@db.example/x?sslmode=disable"), null);
    assert.deepEqual(tls("mysql://u:p@localhost/x?sslmode=require"), { rejectUnauthorized: true });
  });
});
