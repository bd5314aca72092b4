import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { canonicalJson, type Json } from "#kernel";

import * as fc from "../../test/support/properties.ts";
import {
  CERTIFICATE_FAULTS,
  CERTIFIED_TYPES,
  verifyCertificate,
  type CertificateFault,
} from "./certificate.ts";
import {
  checkpointText,
  entriesOf,
  inclusionOf,
  leafOf,
  ledger,
  ORIGIN,
  proofText,
  prove,
  rootOf,
  signerOf,
} from "./sample-log.test.ts";

const { verifierKey } = ledger;
const INDEX = 9;
const content = { counts: { nodes: 3 }, id: "ent_1", salt: "c2FsdA", t: "erase.executed", v: 1 };
const entry = Buffer.from(canonicalJson(content));

/** The ledger, with `entry` in its place. */
const ledgerWith = (entry: Uint8Array) => entriesOf(21).with(INDEX, entry);

function certify(changes: Record<string, Json> = {}, bytes: Uint8Array = entry): string {
  const file = {
    format: "oubli-certificate-1",
    entry: Buffer.from(bytes).toString("base64"),
    proof: prove(INDEX, ledgerWith(bytes)),
    ...changes,
  };
  return canonicalJson(file);
}

const reasonOf = async (certificate: string | Uint8Array, key = verifierKey) => {
  const result = await verifyCertificate(certificate, key);
  return result.valid ? null : result.reason;
};

describe("a certificate", () => {
  test("is checked offline, and gives the entry and its place in the ledger", async () => {
    const result = await verifyCertificate(certify(), verifierKey);
    const place = { index: INDEX, origin: ORIGIN, size: 21 };
    assert.deepEqual(result, { valid: true, entry: content, ...place });
  });

  test("may be given as text or bytes, name its key, and end in one newline", async () => {
    for (const text of [certify(), `${certify()}\n`, certify({ verifierKey })]) {
      assert.equal(await reasonOf(text), null);
      assert.equal(await reasonOf(Buffer.from(text)), null);
    }
    assert.equal(await reasonOf(`${certify()}\n\n`), "certificate-malformed");
  });

  test("is about an erasure or a correction, and nothing else in the ledger", async () => {
    for (const t of CERTIFIED_TYPES) {
      const entry = Buffer.from(canonicalJson({ ...content, t }));
      assert.equal(await reasonOf(certify({}, entry)), null);
    }
    for (const t of ["erase.intent", "retrieve", "erase.executed ", "", 1, null, ["erase.final"]]) {
      const entry = Buffer.from(canonicalJson({ ...content, t }));
      assert.equal(await reasonOf(certify({}, entry)), "entry-type-uncertified");
    }
  });

  test("proves nothing under another key, though it names that key itself", async () => {
    const forger = signerOf(ORIGIN, 8);
    const proof = prove(INDEX, ledgerWith(entry), forger);
    const forged = certify({ proof, verifierKey: forger.verifierKey });
    assert.equal(await reasonOf(forged, forger.verifierKey), null);
    assert.equal(await reasonOf(forged), "signature-missing");
  });

  test("is refused with any byte of it changed, left out or doubled", async () => {
    const certificate = Buffer.from(certify({ verifierKey }));
    for (let at = 0; at < certificate.length; at += 1) {
      const byte = certificate[at]!;
      for (const bytes of [[], [byte, byte], [byte ^ 1], [byte ^ 0x20], [byte ^ 0x80], [0x20]]) {
        const changed = Buffer.concat([
          certificate.subarray(0, at),
          Uint8Array.from(bytes),
          certificate.subarray(at + 1),
        ]);
        if (changed.equals(certificate)) continue;
        assert.notEqual(await reasonOf(changed), null, `byte ${at} as ${bytes.join(" ")}`);
      }
    }
  });

  test("is refused with any one byte set to any other value", async () => {
    const certificate = Buffer.from(certify());
    await fc.assert(
      fc.asyncProperty(fc.nat(certificate.length - 1), fc.nat(255), async (at, byte) => {
        fc.pre(certificate[at] !== byte);
        const changed = Uint8Array.from(certificate).with(at, byte);
        assert.notEqual(await reasonOf(changed), null);
      }),
      { numRuns: 1000 },
    );
  });

  test("has one spelling: another order, space, key or key twice is refused", async () => {
    const text = certify();
    for (const other of [
      "",
      "null",
      "[]",
      JSON.stringify(JSON.parse(text), null, 1),
      text.replace('"format"', ' "format"'),
      text.replace("{", '{"entry":"",'),
      text.replace('"format"', '"\\u0066ormat"'),
      `\ufeff${text}`,
      certify({ note: "unknown" }),
      certify({ entry: 1 }),
      certify({ verifierKey: null }),
      certify({ entry: `${entry.toString("base64")}=` }),
      certify({}, Buffer.from(canonicalJson({ ...content, salt: "a".repeat(800_000) }))),
    ]) {
      assert.equal(await reasonOf(other), "certificate-malformed", other.slice(0, 80));
    }
  });

  test("of any text or bytes at all is answered and never throws", async () => {
    const any = fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array(), fc.json());
    await fc.assert(
      fc.asyncProperty(any, fc.string(), async (certificate, key) => {
        assert.notEqual(await reasonOf(certificate, key), null);
      }),
    );
  });
});

describe("every reason for which a certificate is refused", () => {
  const leaves = ledgerWith(entry).map(leafOf);
  const text = checkpointText(leaves.length, rootOf(leaves));
  const under = (checkpoint: string) =>
    certify({ proof: proofText(INDEX, inclusionOf(INDEX, leaves), checkpoint) });
  const proof = prove(INDEX, ledgerWith(entry));
  const logged = (text: string) => certify({}, Buffer.from(text));
  const other = signerOf("example.com/access");

  const cases: Record<CertificateFault, [certificate: string, key?: string][]> = {
    "certificate-malformed": [["{}"]],
    "format-unknown": [[certify({ format: "oubli-certificate-2" })]],
    "verifier-key-malformed": [[certify(), "example.com/ledger"]],
    "proof-malformed": [[certify({ proof: "" })]],
    "note-malformed": [[under(text)]],
    "unsigned-content": [
      [certify({ proof: proof.replace("index", "extra YWdl\nindex") })],
      [under(ledger.note(text) + other.note(text).slice(text.length + 1))],
      [under(ledger.note(text) + ledger.note(text).slice(text.length + 1))],
    ],
    "signature-missing": [[under(other.note(text))]],
    "signature-wrong": [[under(ledger.note(text).replace("\n21\n", "\n22\n"))]],
    "checkpoint-malformed": [[under(ledger.note("hello\n"))]],
    "origin-differs": [[under(other.note(text)), other.verifierKey]],
    "leaf-not-included": [
      [certify({ entry: Buffer.from("{}").toString("base64") })],
      [certify({ proof: prove(8, ledgerWith(entry)) })],
    ],
    "entry-malformed": [
      [logged("erased, believe me")],
      [logged('{"t":"retrieve","t":"erase.executed"}')],
      [logged('{"v":1,"t":"erase.executed"}')],
      [certify({}, Uint8Array.of(0xff))],
    ],
    "entry-type-uncertified": [[logged('{"t":"retrieve"}')]],
    "verifier-key-differs": [[certify({ verifierKey: other.verifierKey })]],
  };
  for (const reason of CERTIFICATE_FAULTS) {
    test(`${reason} is given for what it names`, async () => {
      for (const [certificate, key] of cases[reason]) {
        assert.equal(await reasonOf(certificate, key), reason);
      }
    });
  }
});
