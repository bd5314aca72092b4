import assert from "node:assert/strict";
import { test } from "node:test";

import { noteSigner } from "#audit";
import { base64, canonicalJson, type Json } from "#kernel";

import { verifyManifest } from "./backup-manifest.ts";

const ORIGIN = "oubli/00000000/eu/ledger";
const signer = noteSigner(ORIGIN, new Uint8Array(32).fill(7));
const root = base64(new Uint8Array(32).fill(1));

const FILE = {
  name: "keys.snapshot",
  database: "keys",
  schema: 1,
  size: 9,
  sha256: "0".repeat(64),
};

const MANIFEST = {
  format: "oubli-backup-1",
  backup: "bak_0000000000000000000000",
  scope: "keys",
  region: "eu",
  host: "self",
  engine: "sqlite",
  origin: ORIGIN,
  epoch: 1,
  logs: [
    { log: "access", size: 0, root },
    { log: "ledger", size: 3, root },
  ],
  files: [FILE],
  madeAt: 1,
  endsAt: 2,
};

const note = (fields: { readonly [key: string]: Json | undefined } = {}): string =>
  signer.sign(`${canonicalJson({ ...MANIFEST, ...fields })}\n`);

test("a manifest is read as it was signed", async () => {
  const result = await verifyManifest(note(), signer.verifierKey);
  assert.ok(result.valid);
  assert.equal(result.manifest.logs[1]!.size, 3);
  assert.deepEqual(result.manifest.files, [FILE]);
});

test("each bit of it counts", async () => {
  const text = note();
  for (let at = 0; at < text.length; at += 1) {
    for (let bit = 0; bit < 7; bit += 1) {
      const code = text.charCodeAt(at) ^ (1 << bit);
      const other = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
      const result = await verifyManifest(other, signer.verifierKey);
      assert.equal(result.valid, false, `character ${at}, bit ${bit}`);
    }
  }
});

for (const [what, fields, reason] of [
  ["another format", { format: "oubli-backup-2" }, "format-unknown"],
  ["another ledger's name", { origin: "oubli/11111111/eu/ledger" }, "origin-differs"],
  ["a scope that there is not", { scope: "half" }, "manifest-malformed"],
  ["no files", { files: undefined }, "manifest-malformed"],
  ["a file in another folder", { files: [{ ...FILE, name: "../x.db" }] }, "manifest-malformed"],
  ["a hash that is none", { files: [{ ...FILE, sha256: "0" }] }, "manifest-malformed"],
  [
    "a root that is none",
    { logs: [{ log: "ledger", size: 3, root: "AA==" }] },
    "manifest-malformed",
  ],
  ["a time that is none", { madeAt: -1 }, "manifest-malformed"],
] as const) {
  test(`a signed text with ${what} is no manifest`, async () => {
    const result = await verifyManifest(note(fields), signer.verifierKey);
    assert.deepEqual(result, { valid: false, reason });
  });
}

test("a signature of another key beside it is not carried along", async () => {
  const other = noteSigner("other", new Uint8Array(32).fill(8));
  const text = `${canonicalJson(MANIFEST)}\n`;
  const second = other.sign(text).split("\n\n")[1]!;
  const result = await verifyManifest(note() + second, signer.verifierKey);
  assert.deepEqual(result, { valid: false, reason: "unsigned-content" });
});
