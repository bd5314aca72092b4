import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { isOubliError } from "#kernel";

import type { DeclarationInput } from "./declaration.ts";
import { declareTables } from "./declare.ts";
import { defineSource } from "./define-source.ts";
import { inOrder } from "./order.ts";

const USERS = { identity: { id: "externalId" }, category: "contact", erase: "delete" } as const;
const ORDERS = { references: { user_id: "users.id" }, category: "order", erase: "delete" } as const;

const declare = (input: object) =>
  declareTables(input as DeclarationInput, { source: "crm", file: "/etc/shop/crm.json" });

function refused(run: () => unknown, field: string, accepted: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(isOubliError(error, "CONFIG_INVALID"), String(error));
    assert.equal(error.details["field"], field);
    assert.match(String(error.details["accepted"]), accepted);
    return true;
  });
}

describe("declareTables", () => {
  test("a table goes behind all that point to it, and what it is reached through is dependent", () => {
    const lines = { references: { order_id: "orders.id" }, category: "order", erase: "delete" };
    const { order } = declare({ users: USERS, orders: ORDERS, lines });
    assert.deepEqual(
      order.map((wave) => wave.map(({ name, tier }) => `${name} ${tier}`)),
      [["lines dependent"], ["orders dependent"], ["users primary"]],
    );
  });

  test("a table that points to itself is reached through its identity, and waits for nothing", () => {
    const users = { ...USERS, references: { invited_by: "users.id" } };
    assert.equal(declare({ users }).order.length, 1);
  });

  test("tables that wait for one another are refused, and the round is named", () => {
    const orders = { ...ORDERS, eraseAfter: ["users"] };
    refused(
      () => declare({ users: USERS, orders }),
      "sources.crm.tables.users.eraseAfter",
      /without a cycle/,
    );
  });

  test("a table that leads to no person is refused", () => {
    const carts = { references: { list: "lists.id" }, category: "order", erase: "delete" };
    const lists = { references: { cart: "carts.id" }, category: "order", erase: "delete" };
    const at = "sources.crm.tables.carts.references";
    refused(() => declare({ users: USERS, carts, lists }), at, /way to a table with an identity/);
    const lonely = { category: "order", erase: "delete" };
    refused(() => declare({ lonely }), "sources.crm.tables.lonely.identity", /identity column/);
  });

  for (const [what, change, field, accepted] of [
    ["an unknown field", { colour: "red" }, "users.colour", /fields of a declaration/],
    ["an unknown strategy", { erase: "shred" }, "users.erase", /a strategy/],
    ["a category that is no code", { category: "A B" }, "users.category", /a code/],
    [
      "a reference that is none",
      { references: { a: "users" } },
      "users.references.a",
      /a table and/,
    ],
    ["a tier that is none", { tier: "late" }, "users.tier", /dependent \| primary/],
    ["a maxAge without an anchor", { maxAge: "P1Y" }, "users.anchor", /a time/],
    [
      "an age that is no duration",
      { anchor: "at", maxAge: "a year" },
      "users.maxAge",
      /ISO 8601 duration/,
    ],
    [
      "a column that is both given and withheld",
      { access: ["name"], withheld: { name: "third-person" } },
      "users.withheld.name",
      /not in access/,
    ],
    [
      "a key that would change",
      { erase: { strategy: "columns", columns: { id: { strategy: "null" } } } },
      "users.erase.id",
      /no column of the key/,
    ],
    [
      "a preserved column without its ground",
      { erase: { strategy: "columns", columns: { a: { strategy: "preserve", keepFor: "P1Y" } } } },
      "users.erase.columns.a.ground",
      /code|string/,
    ],
  ] as const) {
    test(`${what} is refused with the file, the field and what is accepted`, () => {
      const run = () => declare({ users: { ...USERS, ...change } });
      refused(run, `sources.crm.tables.${field}`, accepted);
      assert.throws(run, /file: crm\.json/);
      assert.throws(run, (error) => !String(error).includes("/etc/shop"));
    });
  }

  test("a table's name takes nothing that SQL could read as more", () => {
    for (const name of ["users; drop", 'us"ers', "users--", "a.b.c", ""]) {
      assert.throws(() => declare({ [name]: USERS }), { code: "CONFIG_INVALID" }, name);
    }
  });

  test("a name that is none is refused at its place, and is not repeated", () => {
    refused(() => declare({ 'us"ers': USERS }), "sources.crm.tables", /a table's name/);
    const users = { ...USERS, identity: { "e-mail of ada@example.com": "email" } };
    refused(() => declare({ users }), "sources.crm.tables.users.identity", /a column's name/);
  });
});

describe("defineSource", () => {
  const erase = async () => ({ status: "done", recordsDeleted: 0, collections: [] }) as const;

  test("what it can do follows from its functions", () => {
    const { capabilities } = defineSource({ name: "crm", erase, async *identities() {} });
    assert.deepEqual(
      Object.entries(capabilities).flatMap(([name, can]) => (can ? [name] : [])),
      ["erase", "identities"],
    );
  });

  for (const [what, input, field] of [
    ["no function", { name: "crm" }, "sources.crm"],
    ["a field that it has not", { name: "crm", erase, delete: erase }, "sources.crm.delete"],
    ["a name that is no code", { name: "Ada's CRM", erase }, "sources.source.name"],
    ["itself to wait for", { name: "crm", erase, eraseAfter: ["crm"] }, "sources.crm.eraseAfter"],
    ["something that is no function", { name: "crm", erase: true }, "sources.crm.erase"],
    [
      "a duration that is none",
      { name: "crm", erase, backupsEnd: "5 weeks" },
      "sources.crm.backupsEnd",
    ],
  ] as const) {
    test(`${what} is refused`, () => {
      refused(() => defineSource(input as never), field, /./);
    });
  }

  test("an object of a class is refused: its functions would be passed over", () => {
    class Crm {
      readonly name = "crm";
      async erase() {
        return erase();
      }
    }
    assert.throws(() => defineSource(new Crm() as never), { code: "CONFIG_INVALID" });
  });
});

test("sources of one tier go side by side, and a name that is not among them is refused", () => {
  const named = (name: string, eraseAfter: readonly string[] = []) =>
    ({ name, tier: "primary", eraseAfter }) as const;
  assert.deepEqual(
    inOrder([named("a"), named("b"), named("c", ["a"])]).map((wave) =>
      wave.map(({ name }) => name),
    ),
    [["a", "b"], ["c"]],
  );
  refused(() => inOrder([named("a", ["z"])]), "sources.a.eraseAfter", /nothing/);
});
