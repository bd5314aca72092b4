import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";

import { noteSigner } from "#audit";
import { canonicalJson, type Json } from "#kernel";

import { readChecksums, verifyPackage, type GivenPackage } from "./package-manifest.ts";

const ORIGIN = "oubli/00000000/eu/ledger";
const signer = noteSigner(ORIGIN, new Uint8Array(32).fill(7));
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const FILES = new Map([
  ["index.html", sha256("report")],
  ["data/memories/0001.jsonl", sha256("{}\n")],
]);
const CHECKSUMS = [...FILES].map(([name, hash]) => `${hash}  ${name}\n`).join("");

const MANIFEST = {
  format: "oubli-package-1",
  package: "case_0000000000000000000000",
  origin: ORIGIN,
  madeAt: 1,
  complete: true,
  files: 2,
  checksums: sha256(CHECKSUMS),
};

const given = (
  fields: { readonly [key: string]: Json | undefined } = {},
  rest: Partial<GivenPackage> = {},
): GivenPackage => ({
  note: signer.sign(`${canonicalJson({ ...MANIFEST, ...fields })}\n`),
  checksums: CHECKSUMS,
  files: FILES,
  ...rest,
});

const reasonOf = async (one: GivenPackage): Promise<string> => {
  const result = await verifyPackage(one, signer.verifierKey);
  return result.valid ? "valid" : [result.reason, result.file].filter(Boolean).join(" ");
};

describe("a package of a person's data", () => {
  test("holds while every file is as it was signed", async () => {
    const result = await verifyPackage(given(), signer.verifierKey);
    assert.ok(result.valid);
    assert.equal(result.manifest.complete, true);
  });

  test("does not hold once a file was changed, taken away or added", async () => {
    const changed = new Map(FILES).set("index.html", sha256("other"));
    const fewer = new Map([...FILES].slice(1));
    const more = new Map(FILES).set("more.txt", sha256(""));
    assert.equal(await reasonOf(given({}, { files: changed })), "file-differs index.html");
    assert.equal(await reasonOf(given({}, { files: fewer })), "file-missing index.html");
    assert.equal(await reasonOf(given({}, { files: more })), "file-added more.txt");
  });

  test("does not hold once the list of checksums was changed", async () => {
    const checksums = CHECKSUMS.replace("index", "other");
    assert.equal(await reasonOf(given({}, { checksums })), "checksums-differ");
  });

  test("does not hold once its manifest was changed, in any bit", async () => {
    const { note } = given();
    for (let at = 0; at < note.length; at += 1) {
      const code = note.charCodeAt(at) ^ 1;
      const other = note.slice(0, at) + String.fromCharCode(code) + note.slice(at + 1);
      assert.notEqual(await reasonOf(given({}, { note: other })), "valid", `character ${at}`);
    }
  });

  test("does not hold under another ledger's name, nor with a field that is no manifest's", async () => {
    assert.equal(await reasonOf(given({ origin: "oubli/1/eu/ledger" })), "origin-differs");
    assert.equal(await reasonOf(given({ format: "oubli-backup-1" })), "format-unknown");
    for (const field of ["package", "madeAt", "complete", "files", "checksums"]) {
      assert.equal(await reasonOf(given({ [field]: null })), "manifest-malformed", field);
    }
  });
});

test("a list of checksums names no file outside of its package, and none twice", () => {
  const hash = sha256("");
  for (const name of ["../up", "/etc/x", "a/../b", ".hidden", "a//b", "a b", "a\\b", "a/", ""]) {
    assert.equal(readChecksums(`${hash}  ${name}\n`), null, name);
  }
  assert.equal(readChecksums(`${hash}  a\n${hash}  a\n`), null);
  assert.equal(readChecksums(`${hash}  a`), null, "its last line has an end");
  assert.deepEqual(readChecksums(`${hash}  a/b-c.1.txt\n`), new Map([["a/b-c.1.txt", hash]]));
});
