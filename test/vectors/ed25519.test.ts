/** Wycheproof's Ed25519 vectors, against the WebCrypto that the verifier stands on. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { vectorJson, VECTORS } from "./vectors.ts";

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly msg: string;
  readonly sig: string;
  readonly result: string;
}

interface File {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKey: { readonly pk: string };
    readonly tests: readonly Vector[];
  }[];
}

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

test(
  "WebCrypto's Ed25519 accepts what is valid and refuses every other signature",
  VECTORS,
  async () => {
    const file = vectorJson<File>("wycheproof-ed25519.json");
    let tried = 0;
    for (const { publicKey, tests } of file.testGroups) {
      const raw = bytes(publicKey.pk);
      const key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
      for (const { tcId, comment, msg, sig, result } of tests) {
        // Wycheproof's third result, "acceptable", would leave the answer open: none may have it.
        assert.match(result, /^(valid|invalid)$/);
        const accepted = await crypto.subtle.verify("Ed25519", key, bytes(sig), bytes(msg));
        assert.equal(accepted, result === "valid", `${tcId} ${comment}`);
        tried += 1;
      }
    }
    assert.equal(tried, file.numberOfTests);
  },
);
