import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { verifyCertificate } from "#verify";

import { openWithAda, type CliWorld } from "./cli-world.test.ts";
import { EXIT } from "./command.ts";

// Goal: the files that `forget --certificate` writes can be checked by tools that others wrote.
// Method: a checker of its own here, with nothing but node:crypto, that shares no line with ours.

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** The root that a proof leads to. @source RFC 9162 §2.1.3.2 */
function rootFrom(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer {
  let [fn, sn, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    assert.notEqual(sn, 0);
    if (fn % 2 === 1 || fn === sn) {
      hash = sha256(NODE, sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else {
      hash = sha256(NODE, hash, sibling);
    }
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  assert.equal(sn, 0);
  return hash;
}

/** Whether proof and entry belong together under a key: `null`, or what is wrong. */
function faultOf(entry: Buffer, proof: string, verifierKey: string): string | null {
  const [head, text, signature] = proof.split("\n\n");
  const [format, index, ...path] = head!.split("\n");
  const [, size, root] = text!.split("\n");
  if (format !== "c2sp.org/tlog-proof@v1") return "format";
  const hashes = path.map((line) => Buffer.from(line, "base64"));
  const number = Number(index!.replace("index ", ""));
  const found = rootFrom(sha256(LEAF, entry), number, Number(size), hashes);
  if (found.toString("base64") !== root) return "root";

  const [name, keyId, key] = splitKey(verifierKey);
  const signed = Buffer.from(signature!.trimEnd().split(" ")[2]!, "base64");
  if (!signature!.startsWith(`— ${name} `)) return "name";
  if (signed.subarray(0, 4).toString("hex") !== keyId) return "key id";
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);
  const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
  const holds = verify(null, Buffer.from(`${text}\n`), publicKey, signed.subarray(4));
  return holds ? null : "signature";
}

function splitKey(verifierKey: string): [string, string, Buffer] {
  const [name, keyId, ...rest] = verifierKey.split("+");
  return [name!, keyId!, Buffer.from(rest.join("+"), "base64").subarray(1)];
}

interface Forgotten {
  readonly key: string;
  readonly entry: Buffer;
  readonly proof: string;
  readonly file: Buffer;
}

/** The log grows before and after, so that the proof has hashes. */
async function forgetOne(
  cli: CliWorld & { readonly nodes: readonly string[] },
): Promise<Forgotten> {
  await cli.oubli("forget", "ada", cli.nodes[1]!);
  const words = ["forget", "ada", cli.nodes[0]!, "--certificate", "c", "--json"];
  const key = (await cli.oubli(...words)).json<{ verifierKey: string }>().verifierKey;
  return {
    key,
    entry: await readFile(cli.path("c", "entry.bin")),
    proof: await readFile(cli.path("c", "proof.txt"), "utf8"),
    file: await readFile(cli.path("c", "certificate.json")),
  };
}

describe("a certificate", () => {
  test("is accepted by our verifier, by the command, and by a checker of its own", async () => {
    await using cli = await openWithAda();
    const { key, entry, proof, file } = await forgetOne(cli);
    assert.equal((await verifyCertificate(file, key)).valid, true);
    assert.equal(faultOf(entry, proof, key), null);
    const ran = await cli.oubli("verify", "c/certificate.json", "--key", key);
    assert.equal(ran.exit, EXIT.done);
    assert.match(ran.out, /^Valid: erase\.executed is entry \d+ of oubli\/\S+\/ledger/);
    const apart = ["--entry", "c/entry.bin", "--proof", "c/proof.txt", "--key", key];
    assert.equal((await cli.oubli("verify", ...apart)).exit, EXIT.done);
  });

  test("says nothing of what was forgotten, nor of whom", async () => {
    await using cli = await openWithAda();
    const { entry } = await forgetOne(cli);
    const text = entry.toString("utf8");
    assert.ok(!/ada|bicycle|ferry/.test(text), text);
  });

  test("with a byte changed anywhere is refused, by all of them", async () => {
    await using cli = await openWithAda();
    const { key, entry, proof, file } = await forgetOne(cli);
    for (const at of [0, 40, Math.floor(file.length / 2), file.length - 4]) {
      const changed = Buffer.from(file);
      changed[at] = changed[at]! ^ 1;
      await writeFile(cli.path("changed.json"), changed);
      const ran = await cli.oubli("verify", "changed.json", "--key", key, "--json");
      assert.equal(ran.exit, EXIT.failed);
      assert.equal(ran.json()["valid"], false);
    }
    entry[entry.length - 2] = entry[entry.length - 2]! ^ 1;
    assert.equal(faultOf(entry, proof, key), "root");
    await writeFile(cli.path("c", "entry.bin"), entry);
    const apart = ["--entry", "c/entry.bin", "--proof", "c/proof.txt", "--key", key];
    const ran = await cli.oubli("verify", ...apart);
    assert.equal(ran.exit, EXIT.failed);
    assert.equal(ran.out, "NOT VALID: leaf-not-included");
  });

  test("of another installation is refused", async () => {
    await using cli = await openWithAda();
    await using other = await openWithAda();
    const { key } = await forgetOne(other);
    await forgetOne(cli);
    const ran = await cli.oubli("verify", "c/certificate.json", "--key", key);
    assert.equal(ran.exit, EXIT.failed);
    assert.equal(ran.out, "NOT VALID: signature-missing");
  });
});

describe("an exported log", () => {
  test("is whole, and each of its logs can be checked with its own key", async () => {
    await using cli = await openWithAda();
    const made = await cli.oubli("audit", "export", "log", "--json");
    const { verifierKeys } = made.json<{ verifierKeys: { ledger: string; access: string } }>();
    const both = await cli.oubli("verify", "--log", "log");
    assert.equal(both.exit, EXIT.done);
    assert.match(both.out, /^access: valid: \d+ entries.*\nledger: valid: \d+ entries/);
    assert.match(both.out, /The keys came with the logs/);
    const one = ["verify", "--log", "log/ledger", "--key"];
    assert.equal((await cli.oubli(...one, verifierKeys.ledger)).exit, EXIT.done);
    assert.equal((await cli.oubli(...one, verifierKeys.access)).exit, EXIT.failed);
  });

  test("with a byte changed in any of its files is refused", async () => {
    await using cli = await openWithAda();
    await cli.oubli("audit", "export", "log");
    const size = (await readFile(cli.path("log/ledger/checkpoint"), "utf8")).split("\n")[1]!;
    const files = ["checkpoint", `tile/0/000.p/${size}`, `tile/entries/000.p/${size}`];
    for (const file of files) {
      await cp(cli.path("log"), cli.path("copy"), { recursive: true, force: true });
      const path = cli.path("copy", "ledger", file);
      const bytes = await readFile(path);
      bytes[20] = bytes[20]! ^ 1;
      await writeFile(path, bytes);
      const ran = await cli.oubli("verify", "--log", "copy");
      assert.equal(ran.exit, EXIT.failed, file);
      assert.match(ran.out, /access: valid.*\nledger: NOT VALID: /);
    }
  });
});

describe("a proof of any entry", () => {
  test("is printed, and checks with what is printed beside it", async () => {
    await using cli = await openWithAda();
    const ran = await cli.oubli("audit", "prove", "access", "1", "--json");
    const { entry, proof, verifierKey } =
      ran.json<Record<"entry" | "proof" | "verifierKey", string>>();
    assert.equal(faultOf(Buffer.from(entry, "base64"), proof, verifierKey), null);
    const text = await cli.oubli("audit", "prove", "access", "1");
    assert.ok(proof.startsWith(text.out.split("\n")[0]!));
  });

  test("of an entry that is not there is refused", async () => {
    await using cli = await openWithAda();
    for (const [log, index, exit] of [
      ["access", "999", EXIT.error],
      ["other", "0", EXIT.usage],
      ["access", "-", EXIT.usage],
    ] as const) {
      assert.equal((await cli.oubli("audit", "prove", log, index)).exit, exit);
    }
  });
});
