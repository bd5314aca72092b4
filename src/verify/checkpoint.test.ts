import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { parseCheckpoint, verifyCheckpoint } from "./checkpoint.ts";
import { checkpointText, ledger, ORIGIN, rootOf, signerOf } from "./sample-log.test.ts";

const root = rootOf([]);

describe("a checkpoint", () => {
  test("says which log, how many entries and which root", () => {
    const parsed = parseCheckpoint(checkpointText(20852163, root));
    assert.deepEqual(parsed, { origin: ORIGIN, size: 20852163, root });
  });

  test("is three lines and nothing else", () => {
    const text = checkpointText(7, root);
    const [origin, size, hash] = text.split("\n") as [string, string, string];
    for (const wrong of [
      "",
      "\n\n\n",
      text.slice(0, -1),
      `${text}extension\n`,
      `${text}\n`,
      `\n${size}\n${hash}\n`,
      `${origin}\n${hash}\n`,
      ...["", "07", "+7", "-7", " 7", "7 ", "7.0", "7e1", "0x7", "٧", "9007199254740992"].map(
        (size) => `${origin}\n${size}\n${hash}\n`,
      ),
      ...["", hash.slice(0, -1), hash.replace("U=", "V="), `${hash} `, "AAAA"].map(
        (hash) => `${origin}\n${size}\n${hash}\n`,
      ),
    ]) {
      assert.equal(parseCheckpoint(wrong), null, wrong);
    }
  });

  test("counts only when the key of its own log signed it", async () => {
    const text = checkpointText(0, root);
    const signed = await verifyCheckpoint(ledger.note(text), ledger.verifierKey);
    assert.deepEqual(signed, { valid: true, checkpoint: { origin: ORIGIN, size: 0, root } });

    // One key that signs for two logs, under two names: neither is taken for the other.
    const other = signerOf("example.com/access");
    assert.deepEqual(await verifyCheckpoint(other.note(text), other.verifierKey), {
      valid: false,
      reason: "origin-differs",
    });
    assert.deepEqual(await verifyCheckpoint(other.note(text), ledger.verifierKey), {
      valid: false,
      reason: "signature-missing",
    });
  });

  test("is none, though well signed, when its text is another", async () => {
    assert.deepEqual(await verifyCheckpoint(ledger.note("hello\n"), ledger.verifierKey), {
      valid: false,
      reason: "checkpoint-malformed",
    });
  });
});
