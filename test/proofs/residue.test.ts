import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import { scanBytes, scanFolders, type Needle } from "./support/residue.ts";
import {
  live,
  needlesOf,
  newCanaries,
  newPlace,
  openAt,
  type Place,
} from "./support/residue-world.ts";
import { AUDITOR } from "../spec/world.ts";

// Goal: what a person says is in no file and in no output, before and after an erasure.
// Method: canaries, texts that occur nowhere else, go through every call that takes a text; then
// every byte of every file is searched for them in every form that code gives a text by accident.

function assertClean(
  folders: readonly string[],
  needles: readonly Needle[],
  names: RegExp[],
): void {
  const { files, hits } = scanFolders(folders, needles);
  for (const name of names) {
    assert.ok(
      files.some((file) => name.test(file)),
      `${name} was looked at`,
    );
  }
  assert.deepEqual(hits, []);
}

const DATABASES = [/memory\.db$/, /keys\.db$/, /audit\.db$/, /notary\.db$/, /epoch-\d+\.key$/];
const IN_USE = [...DATABASES, /memory\.db-wal$/, /audit\.db-wal$/, /keys\.db-shm$/];

describe("what a person says is in no file", () => {
  test("while it is remembered, recalled, derived and linked, and when all is closed", async () => {
    using place = newPlace();
    const canaries = newCanaries();
    const needles = needlesOf(canaries);
    const oubli = await openAt(place);
    const { found } = await live(oubli, canaries);
    assert.equal(found.nodes.length, 3, "all of it was stored, and is found");

    assertClean([place.base], needles, IN_USE);
    await oubli.as(AUDITOR).audit.export(join(place.base, "log"));
    await oubli.close();
    assertClean([place.base], needles, [...DATABASES, /log.ledger.tile/]);
  });

  test("when the machine stopped at any moment, nor after the start that recovers it", async () => {
    using place = newPlace();
    const canaries = newCanaries();
    const needles = needlesOf(canaries);
    const oubli = await openAt(place);
    await live(oubli, canaries);
    const copy = { data: join(place.base, "copy/data"), root: join(place.base, "copy/root") };
    cpSync(place.data, copy.data, { recursive: true });
    cpSync(place.root, copy.root, { recursive: true });
    assertClean([copy.data, copy.root], needles, IN_USE);
    await oubli.close();

    await using recovered = await openAt(copy);
    const ada = await recovered.find(canaries["external id"].text);
    const { nodes } = await ada!.session({ purpose: "care" }).recall(canaries.query.text);
    assert.equal(nodes.length, 3, "the copy held all of it");
    assertClean([copy.data, copy.root], needles, IN_USE);
  });

  test("after a correction, a forgotten memory, the end of an epoch, and the person's erasure", async () => {
    using place = newPlace();
    const canaries = newCanaries();
    const needles = needlesOf(canaries);
    const oubli = await openAt(place);
    const { ada, chat, said, told } = await live(oubli, canaries);
    const clean = (names = IN_USE) => assertClean([place.base], needles, names);
    const keep = (name: string, json: string) => writeFileSync(join(place.data, name), json);

    await ada.self().correct(told, canaries.corrected.text);
    clean();
    const forgotten = await ada.forget(said);
    keep("forgotten.json", forgotten.json);
    clean();
    await oubli.rotate();
    clean();
    const erased = await ada.erase();
    keep("erased.json", erased.json);
    clean();
    await oubli.rotate();
    keep("final.json", (await oubli.certificate(ada.id, erased.erasure)).json);
    await assert.rejects(chat.recall(canaries.query.text), { code: "SUBJECT_ERASED" });
    await oubli.as(AUDITOR).audit.export(join(place.base, "log"));
    await oubli.close();
    clean([...DATABASES, /final\.json$/, /log.ledger.tile/]);
  });
});

describe("an act that fails shows nothing of what it was given", () => {
  test("in its errors however they are printed, in its output, and in the folders it may use", () => {
    using place = newPlace();
    const canaries = newCanaries();
    const needles = needlesOf(canaries);
    const { output, errors } = runIntoErrors(place, canaries);

    const codes = [...new Set(errors)].toSorted();
    assert.deepEqual(codes, [
      "AUDIT_UNAVAILABLE",
      "CONSENT_MISSING",
      "INPUT_INVALID",
      "NOT_FOUND",
      "POLICY_REFUSED",
      "REPLAY_OF_ERASED",
      "STORE_UNAVAILABLE",
    ]);
    assert.match(output, /STORE_UNAVAILABLE[\s\S]*Node\.js v\d/, "the last one was not caught");
    assert.deepEqual(scanBytes("output", Buffer.from(output), needles), []);
    assertClean([place.base], needles, [/memory\.db/]);
  });

  test("control: the same child, told to print its input, is found out", () => {
    using place = newPlace();
    const canaries = newCanaries();
    const { output } = runIntoErrors(place, canaries, "--careless");
    const hits = scanBytes("output", Buffer.from(output), needlesOf(canaries));
    assert.ok(hits.some(({ of }) => of === "content"));
  });
});

/** A process of its own, with a folder of its own for whatever it or SQLite wants to put aside. */
function runIntoErrors(place: Place, canaries: ReturnType<typeof newCanaries>, ...more: string[]) {
  const scratch = join(place.base, "scratch");
  mkdirSync(scratch);
  const child = new URL("./support/residue-child.ts", import.meta.url).pathname;
  const root = new URL("../..", import.meta.url).pathname;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=oubli-source", child, place.data, place.root, ...more],
    {
      cwd: root,
      input: JSON.stringify(canaries),
      env: { ...process.env, TMPDIR: scratch, SQLITE_TMPDIR: scratch, NODE_COMPILE_CACHE: "" },
      encoding: "utf8",
    },
  );
  const output = `${stdout}${stderr}`;
  return { output, errors: [...output.matchAll(/^caught (\w+)$/gm)].map((match) => match[1]!) };
}

describe("the scan finds what is there", () => {
  test("each form of each canary, planted in a file of the folder", () => {
    using place = newPlace();
    const needles = needlesOf(newCanaries());
    for (const { of, encoding, bytes } of needles) {
      const file = join(place.data, "scratch.tmp");
      writeFileSync(file, Buffer.concat([Buffer.alloc(4093, 0xa5), bytes, Buffer.alloc(99, 0x5a)]));
      const { hits } = scanFolders([place.base], needles);
      const found = hits.some((hit) => hit.of === of && hit.encoding === encoding);
      assert.ok(found, `${of} as ${encoding}`);
    }
    assert.ok(needles.length > 400, `${needles.length} forms`);
  });

  test("whatever an export shows, when the export is put into the folder", async () => {
    using place = newPlace();
    const canaries = newCanaries();
    await using oubli = await openAt(place);
    const { ada } = await live(oubli, canaries);
    writeFileSync(join(place.data, "ada.json"), JSON.stringify(await ada.self().export()));

    const { hits } = scanFolders([place.base], needlesOf(canaries));

    const shown = new Set(hits.map(({ of }) => of));
    const kept = new Set(["corrected", "idempotency key", "query", "thread"]);
    for (const { of } of Object.values(canaries)) {
      assert.equal(shown.has(of), !kept.has(of), of);
    }
    assert.ok(hits.every(({ file }) => file.endsWith("ada.json")));
  });

  test("a row that another application writes, while it is in the write-ahead log alone", () => {
    using place = newPlace();
    const canaries = newCanaries();
    const file = join(place.data, "other.db");
    using other = new DatabaseSync(file);
    other.exec("PRAGMA journal_mode = wal; CREATE TABLE note (text TEXT, vector BLOB)");
    other.prepare("INSERT INTO note VALUES (?, ?)").run(canaries.content.text, "");

    const { hits } = scanFolders([place.base], needlesOf(canaries));

    assert.deepEqual([...new Set(hits.map(({ file }) => file))], [`${file}-wal`]);
    assert.ok(!readFileSync(file).includes(canaries.content.core));
  });
});
