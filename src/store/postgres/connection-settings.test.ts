import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { isOubliError } from "#kernel";

import { connectionSettings } from "./connection-settings.ts";

const checked = { rejectUnauthorized: true };

describe("a connection is encrypted, and the server's certificate checked,", () => {
  for (const [what, url, wanted] of [
    ["beyond this machine", "postgres://app@db.example/oubli", checked],
    [
      "where the URL asks for no more than that",
      "postgres://app@db/oubli?sslmode=require",
      checked,
    ],
    ["on this machine, where asked", "postgres://app@127.0.0.1/oubli?sslmode=verify-full", checked],
    ["but not on this machine", "postgres://app@localhost:5433/oubli", false],
    ["nor over a socket file", "postgres://app@localhost/oubli?host=/run/postgresql", false],
    ["nor where the URL says so itself", "postgres://app@db/oubli?sslmode=disable", false],
  ] as const) {
    test(what, () => {
      assert.deepEqual(connectionSettings(url).ssl, wanted);
    });
  }

  test("and a name that only begins like this machine's is another one", () => {
    for (const host of ["localhost.example", "127.example", "10.0.0.1", "[2001:db8::1]"]) {
      assert.deepEqual(connectionSettings(`postgres://app@${host}/oubli`).ssl, checked);
    }
    assert.equal(connectionSettings("postgres://app@[::1]/oubli").ssl, false);
  });
});

test("a URL's parts are read with what they escape", () => {
  const { host, port, user, password, database } = connectionSettings(
    "postgresql://an%40app:se%2Fcret@127.0.0.1:6000/my%20memories",
  );
  assert.deepEqual(
    [host, port, user, password, database],
    ["127.0.0.1", 6000, "an@app", "se/cret", "my memories"],
  );
});

describe("a URL that is not accepted is told by its part, never by itself", () => {
  for (const [url, field] of [
    ["mysql://app:secret@db/oubli", "store.url"],
    ["no url with a secret", "store.url"],
    ["postgres://app:secret@db", "store.database"],
    ["postgres:///oubli", "store.host"],
    ["postgres://app:secret@db/oubli?sslmode=prefer", "store.sslmode"],
    ["postgres://app:secret@db/oubli?options=-csecret", "store.parameter"],
    ["postgres://app:secret@db/oubli?sslrootcert=/nowhere/secret", "store.sslrootcert"],
    ["postgres://app:sec%ret@db/oubli", "store.url"],
    ["postgres://app:secret@db/oubli?sslmode=disable&sslmode=verify-full", "store.parameter"],
    ["postgres://app:secret@db/oubli?sslmode=verify-ca", "store.sslrootcert"],
  ] as const) {
    test(`${field}: ${url.replace("secret", "…")}`, () => {
      assert.throws(
        () => connectionSettings(url),
        (error) => {
          assert.ok(isOubliError(error, "CONFIG_INVALID"));
          assert.ok(!error.message.includes("secret"), error.message);
          return error.details["field"] === field;
        },
      );
    });
  }
});
