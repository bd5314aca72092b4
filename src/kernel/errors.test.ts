import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";

import { OubliError } from "./errors.ts";
import { describe } from "./words.ts";

test("what a driver said is in no print of an error, and there for who asks for it", () => {
  const driver = new Error("near 'Ada Lovelace': syntax error");
  const error = new OubliError("STORE_UNAVAILABLE", { sqlite: 1 }, driver);
  const outer = new OubliError("AUDIT_UNAVAILABLE", {}, error);

  // Node prints an uncaught error without custom inspection, and with hidden properties on demand.
  const plain = { customInspect: false, showHidden: true, depth: 9 };
  for (const printed of [
    inspect(outer),
    inspect(outer, plain),
    JSON.stringify(outer),
    outer.stack,
  ]) {
    assert.doesNotMatch(String(printed), /Lovelace/);
  }
  assert.equal(outer.cause, error);
  assert.equal(error.foreignCause(), driver);
});

test("control: an ordinary error's cause is printed", () => {
  const error = new Error("outer", { cause: new Error("Ada Lovelace") });
  assert.match(inspect(error), /Lovelace/);
});

test("where nothing would be accepted, an error says so", () => {
  const { message } = new OubliError("PROCESSOR_REFUSED", { accepted: [] });
  assert.match(message, /\(accepted: nothing\)$/);
});

test("what was given is described by kind and size", () => {
  const said = ["", "a", "ada"].map((text) => String(describe(text)));
  const strings = ["0 characters", "1 character", "3 characters"].map(
    (size) => `a string of ${size}`,
  );
  assert.deepEqual(said, strings);
});
