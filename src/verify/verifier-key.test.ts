import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { sha256, signerOf } from "./sample-log.test.ts";
import { isSignedBy, parseVerifierKey } from "./verifier-key.ts";

const GOLDEN = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

// golang.org/x/mod/sumdb/note, note_test.go
const PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

/** A verifier key whose key id fits, whatever its other parts are. */
function keyText(name: string, key: Uint8Array): string {
  const id = Buffer.from(sha256(Buffer.from(`${name}\n`), key)).toString("hex", 0, 4);
  return `${name}+${id}+${Buffer.from(key).toString("base64")}`;
}

describe("a verifier key", () => {
  test("is read as other tools write it", async () => {
    const key = await parseVerifierKey(GOLDEN);
    assert.equal(key?.name, "example.com/foo");
    assert.equal(key?.keyId, "530d903a");
    assert.equal(key?.publicKey.length, 32);
    assert.equal((await parseVerifierKey(PETER))?.keyId, "c74f20a3");
  });

  test("no part of it is one, and none with one character changed is one", async () => {
    for (let from = 0; from <= PETER.length; from += 1) {
      for (let to = from + 1; to <= PETER.length; to += 1) {
        if (to - from === PETER.length) continue;
        assert.equal(await parseVerifierKey(PETER.slice(from, to)), null);
      }
      const next = String.fromCharCode(PETER.charCodeAt(from) + 1);
      if (from === PETER.length) continue;
      const changed = PETER.slice(0, from) + next + PETER.slice(from + 1);
      assert.equal(await parseVerifierKey(changed), null, changed);
    }
  });

  test("is refused with another length, another algorithm or another case of its id", async () => {
    const key = Buffer.from(GOLDEN.split("+").at(-1)!, "base64");
    assert.ok(await parseVerifierKey(keyText("name", key)), "the maker of these keys is right");
    for (const wrong of [
      keyText("name", Buffer.concat([key, Uint8Array.of(0)])),
      keyText("name", key.subarray(0, 32)),
      keyText("name", Buffer.concat([Uint8Array.of(4), key.subarray(1)])),
      GOLDEN.replace("530d903a", "530D903A"),
      "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
      "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ]) {
      assert.equal(await parseVerifierKey(wrong), null, wrong);
    }
  });

  test("has a name without spaces, plus signs, line ends or broken characters", async () => {
    const key = Buffer.from(GOLDEN.split("+").at(-1)!, "base64");
    for (const name of ["", "a b", "a+b", "a\u00a0b", "a\u0085b", "a\u2028b", "a\nb", "a\ud800b"]) {
      assert.equal(await parseVerifierKey(keyText(name, key)), null, JSON.stringify(name));
    }
  });

  test("that is no point on the curve has signed nothing", async () => {
    const offCurve = Uint8Array.from({ length: 32 }, () => 0xff);
    const key = { name: "name", keyId: "00000000", publicKey: offCurve };
    assert.equal(await isSignedBy(key, Uint8Array.of(1), new Uint8Array(64)), false);
  });

  test("is wrong where WebCrypto says so at import, and unjudged where it has no Ed25519", async (t) => {
    const key = { name: "name", keyId: "00000000", publicKey: new Uint8Array(32) };
    const judge = (name: string) => {
      const refusal = new DOMException("", name);
      t.mock.method(crypto.subtle, "importKey", () => Promise.reject(refusal));
      return isSignedBy(key, Uint8Array.of(1), new Uint8Array(64));
    };
    assert.equal(await judge("DataError"), false);
    await assert.rejects(judge("NotSupportedError"), { name: "NotSupportedError" });
  });

  test("is written by the tests' own signer as the room reads it", async () => {
    assert.equal(
      (await parseVerifierKey(signerOf("example.com/a").verifierKey))?.name,
      "example.com/a",
    );
  });
});
