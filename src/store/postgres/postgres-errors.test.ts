import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { describe, test } from "node:test";

import { isOubliError, type ErrorCode } from "#kernel";

import { isTransient, storeError, type Reached } from "./postgres-errors.ts";

const said = "what a person said";

/** As the driver gives a server's error: with the row in it. */
const refusal = (code: string, severity = "ERROR") =>
  Object.assign(new Error(`in row (${said})`), { code, severity, detail: said, where: said });

describe("an error of the server has our code, and nothing of the row", () => {
  for (const [state, severity, reached, code] of [
    ["53100", "ERROR", "committing", "STORE_FULL"],
    ["25006", "ERROR", "committing", "STORE_READ_ONLY"],
    ["55P03", "ERROR", "committing", "STORE_BUSY"],
    ["57014", "ERROR", "reading", "STORE_BUSY"],
    ["53300", "FATAL", "nothing-sent", "STORE_BUSY"],
    ["28P01", "FATAL", "nothing-sent", "CONFIG_INVALID"],
    ["3D000", "FATAL", "nothing-sent", "CONFIG_INVALID"],
    ["57P03", "FATAL", "nothing-sent", "STORE_UNAVAILABLE"],
    ["57P01", "FATAL", "reading", "STORE_UNAVAILABLE"],
    ["57P01", "FATAL", "committing", "OUTCOME_UNKNOWN"],
    ["XX001", "ERROR", "reading", "STORE_DAMAGED"],
    ["23505", "ERROR", "committing", "STORE_DAMAGED"],
    ["99999", "ERROR", "committing", "STORE_UNAVAILABLE"],
    ["08006", "ERROR", "committing", "STORE_UNAVAILABLE"],
    ["XX000", "ERROR", "reading", "STORE_UNAVAILABLE"],
    ["XX000", "ERROR", "committing", "OUTCOME_UNKNOWN"],
  ] as const satisfies readonly (readonly [string, string, Reached, ErrorCode])[]) {
    test(`${state}, ${severity}, ${reached}: ${code}`, () => {
      const error = storeError(refusal(state, severity), reached);
      assert.ok(isOubliError(error, code), String(error));
      const shown = JSON.stringify(error) + String(error) + String(error.stack);
      assert.ok(!shown.includes(said));
    });
  }

  test("a connection that ended is unavailable, or, from the commit on, an unknown outcome", () => {
    const ended = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    assert.ok(isOubliError(storeError(ended, "reading"), "STORE_UNAVAILABLE"));
    assert.ok(isOubliError(storeError(ended, "committing"), "OUTCOME_UNKNOWN"));
  });

  test("a server that is not there is told by the system's word for it, without an address", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED 10.0.0.7:5432"), {
      code: "ECONNREFUSED",
    });
    const error = storeError(refused);
    assert.ok(isOubliError(error, "STORE_UNAVAILABLE"));
    assert.deepEqual(error.details, { reason: "ECONNREFUSED" });
    assert.match(error.message, /Nothing listens at its address/);
    assert.ok(!error.message.includes("10.0.0.7"));
  });

  test("what a coordinator says of a node is tried again; what a server says of itself is not", () => {
    for (const state of ["08006", "57P01", "40001"]) assert.ok(isTransient(refusal(state)), state);
    for (const state of ["08006", "57P01"]) assert.ok(!isTransient(refusal(state, "FATAL")), state);
    assert.ok(!isTransient(refusal("XX000")), "perhaps it was committed");
  });

  test("broken code stays as loud as it is", () => {
    const broken = new TypeError("x is not a function");
    assert.equal(storeError(broken, "committing"), broken);
  });
});

test("without the driver's package, opening a store says which one to install", async () => {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier === "pg") throw new Error("Cannot find package 'pg'");
      return next(specifier, context);
    },
  });
  try {
    const { openDatabase } = await import("./database.ts");
    const url = "postgres://app@127.0.0.1:1/oubli";
    const opening = openDatabase({ url, region: "eu", schema: { name: "audit", migrations: [] } });
    await assert.rejects(opening, (error) => {
      return isOubliError(error, "DEPENDENCY_MISSING") && error.message.includes("npm install pg");
    });
  } finally {
    hooks.deregister();
  }
});
