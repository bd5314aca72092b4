import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "../../test/support/properties.ts";
import { base64, fromBase64, fromUtf8, hex, utf8 } from "./bytes.ts";

test("any bytes come back from base64 as they went in, and as Node writes them", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.equal(base64(bytes), Buffer.from(bytes).toString("base64"));
      assert.deepEqual(fromBase64(base64(bytes)), bytes);
      assert.equal(hex(bytes), Buffer.from(bytes).toString("hex"));
    }),
  );
});

test("base64 has one spelling: spaces, other alphabets and unused bits are refused", () => {
  for (const text of ["AA", "AA=", "AB==", "AAB=", "AA==\n", " AA==", "A-A=", "====", "AA==AA=="]) {
    assert.equal(fromBase64(text), null, text);
  }
});

test("text is UTF-8 or nothing, and a byte order mark is a character like others", () => {
  assert.equal(fromUtf8(Uint8Array.of(0xff)), null);
  assert.equal(fromUtf8(Uint8Array.of(0xed, 0xa0, 0x80)), null);
  assert.equal(fromUtf8(utf8("\ufeffé")), "\ufeffé");
});
