import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as fc from "../../test/support/properties.ts";
import { fromUtf8 } from "./bytes.ts";
import { parseNote, verifyNote } from "./signed-note.ts";
import { signerOf } from "./sample-log.test.ts";

// Two keys, a text and its signatures by both: golang.org/x/mod/sumdb/note, note_test.go.
const PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT =
  "If you think cryptography is the answer to your problem,\n" +
  "then you don't know what your problem is.\n";
const BY_PETER =
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const BY_ENOCH =
  "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

const valid = { valid: true, text: TEXT, name: "PeterNeumann" };

const reasonOf = async (note: string, key = PETER) => {
  const result = await verifyNote(note, key);
  return result.valid ? null : result.reason;
};

describe("a signed note", () => {
  test("is verified against the key that signed it, and gives back its text", async () => {
    assert.deepEqual(await verifyNote(`${TEXT}\n${BY_PETER}`, PETER), valid);
  });

  test("may carry signatures by keys that the reader does not know", async () => {
    assert.deepEqual(await verifyNote(`${TEXT}\n${BY_PETER}${BY_ENOCH}`, PETER), valid);
    assert.deepEqual(await verifyNote(`${TEXT}\n${BY_ENOCH}${BY_PETER}`, PETER), valid);
    assert.equal((await verifyNote(`${TEXT}\n${BY_PETER}${BY_ENOCH}`, ENOCH)).valid, true);
    assert.equal(await reasonOf(`${TEXT}\n${BY_ENOCH}`), "signature-missing");
  });

  test("may have blank lines in its text: the last one ends it", async () => {
    const signer = signerOf("example.com/a");
    for (const text of ["\n", "one\n\ntwo\n", "one\n\n", "\n\n\n", "— a QUJDREU=\n\nb\n"]) {
      const result = await verifyNote(signer.note(text), signer.verifierKey);
      assert.equal(result.valid && result.text, text);
    }
  });

  test("is refused whole when one signature that names the key is wrong", async () => {
    const wrong = BY_PETER.replace("x08go/ZJ", "x08go/ZK");
    for (const note of [wrong, BY_PETER + wrong, wrong + BY_PETER]) {
      assert.equal(await reasonOf(`${TEXT}\n${note}`), "signature-wrong");
    }
    const longer = `${BY_PETER.slice(0, 60)}ABCD${BY_PETER.slice(60)}`;
    assert.equal(await reasonOf(`${TEXT}\n${longer}`), "signature-wrong");
  });

  test("is refused with any byte of it changed, left out or doubled", async () => {
    const note = Buffer.from(`${TEXT}\n${BY_PETER}`);
    for (let at = 0; at < note.length; at += 1) {
      const [before, byte, after] = [note.subarray(0, at), note[at]!, note.subarray(at + 1)];
      const mangled = [[], [byte, byte], [byte ^ 1], [byte ^ 0x20], [byte ^ 0x80], [0], [0x0a]];
      for (const bytes of mangled) {
        const changed = Buffer.concat([before, Uint8Array.from(bytes), after]);
        if (changed.equals(note)) continue;
        const text = fromUtf8(changed);
        const result = text === null ? null : await verifyNote(text, PETER);
        assert.notEqual(result?.valid, true, `byte ${at} as ${bytes.join(" ")}`);
      }
    }
  });

  test("is nothing else than text, a blank line and whole signature lines", async () => {
    const sha =
      "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
    for (const note of [
      "",
      TEXT,
      `${TEXT}\n`,
      `${TEXT}\n${BY_PETER.slice(0, -1)}`,
      `${TEXT}${BY_PETER}`,
      `\n${BY_PETER}`,
      `\u0001${TEXT}\n${BY_PETER}`,
      `${TEXT}\r\n${BY_PETER}`,
      `\ud800${TEXT}\n${BY_PETER}`,
      `${TEXT}\n${BY_PETER}\n`,
      `${TEXT}\n${BY_PETER}Unexpected line.\n`,
      `${TEXT}\n— Bad Name ${sha}\n`,
      `${TEXT}\n— Bad+Name ${sha}\n`,
      `${TEXT}\n— Bad\u00a0Name ${sha}\n`,
      `${TEXT}\n—  ${sha}\n`,
      `${TEXT}\n- PeterNeumann ${sha}\n`,
      `${TEXT}\n– PeterNeumann ${sha}\n`,
      `${TEXT}\n— PeterNeumann ${sha} \n`,
      `${TEXT}\n— PeterNeumann x08gow==\n`,
      `${TEXT}\n${BY_PETER.repeat(101)}`,
      `${"a".repeat(1_000_000)}\n\n${BY_PETER}`,
    ]) {
      assert.equal(parseNote(note), null, note.slice(0, 200));
    }
    assert.equal(await reasonOf(TEXT), "note-malformed");
    assert.notEqual(parseNote(`${TEXT}\n${BY_PETER.repeat(100)}`), null);
  });

  test("has one spelling of each signature: unused bits of its last character are zero", async () => {
    assert.equal(parseNote(`${TEXT}\n${BY_PETER.replace("nAM=", "nAN=")}`), null);
    assert.equal(parseNote(`${TEXT}\n${BY_PETER.replace("nAM=", "nAM")}`), null);
  });

  test("any text is verified as it was signed", async () => {
    const signer = signerOf("example.com/a");
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/\p{Cc}/gu, ""));
    await fc.assert(
      fc.asyncProperty(fc.array(line), async (lines) => {
        const text = `${lines.join("\n")}\n`;
        const result = await verifyNote(signer.note(text), signer.verifierKey);
        assert.equal(result.valid && result.text, text);
      }),
    );
  });

  test("is judged by no key that cannot be read", async () => {
    assert.equal(await reasonOf(`${TEXT}\n${BY_PETER}`, "Peter"), "verifier-key-malformed");
  });
});
