import assert from "node:assert/strict";
import { test } from "node:test";

import { SCHEMAS } from "./schemas.ts";
import { statementsOf } from "./statements-of.ts";

test("a statement ends where its semicolon stands by itself", () => {
  const text = `SET a TO 'it''s; so'; -- the owner's; his
    CREATE FUNCTION f() AS $body$ BEGIN RETURN '$'; END $body$; ; SELECT 1 - $1`;
  assert.deepEqual(statementsOf(text), [
    "SET a TO 'it''s; so';",
    "-- the owner's; his\n    CREATE FUNCTION f() AS $body$ BEGIN RETURN '$'; END $body$;",
    "SELECT 1 - $1",
  ]);
});

test("every step's statements begin as statements do", () => {
  for (const { sql } of SCHEMAS.flatMap(({ migrations }) => [...migrations])) {
    for (const statement of statementsOf(sql)) {
      const code = statement.replaceAll(/^\s*--.*$/gm, "").trim();
      assert.match(
        code,
        /^(CREATE|ALTER|INSERT|UPDATE|DELETE|DROP|SET|DO|GRANT|REVOKE|SELECT|WITH)\b/,
      );
    }
  }
});
