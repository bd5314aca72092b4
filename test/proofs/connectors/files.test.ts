import assert from "node:assert/strict";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";

import { fileSource } from "#connectors";
import type { EpochMs } from "#kernel";
import type { Identity } from "#sources";

import { destroyFile } from "../../../src/connectors/files/destroy.ts";
import { call, failing, items, person, connectorRules } from "../../support/source-rules.ts";

// Goal: a person's files are given out and destroyed, and a name or a link leads to no other's.
// Method: a folder of one's own, filled and looked at by the file system's own calls.

const ann = person("ann");
const bob = person("bob");

const RULE = { rule: "uploads", anchor: "modified", maxAge: "P90D" } as const;

describe("files as a source", () => {
  let outer: string;
  let root: string;

  beforeEach(() => {
    outer = mkdtempSync(join(tmpdir(), "oubli-files-"));
    root = join(outer, "root");
    for (const who of [ann, bob]) fill(who);
  });
  afterEach(() => rmSync(outer, { recursive: true }));

  const put = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const fill = ({ externalId: id }: Identity) => {
    put(`avatars/${id}.png`, `picture of ${id}`);
    put(`uploads/${id}/letter.txt`, `letter of ${id}`);
    put(`uploads/${id}/deep/er/notes.txt`, `notes of ${id}`);
    put(`mail/x-${id}/in/1.eml`, `mail of ${id}`);
  };
  const RECORDS = 4;
  const source = (folder = root) =>
    fileSource({
      name: "files",
      root: folder,
      files: [
        { path: "uploads/<externalId>/", category: "document" },
        { path: "avatars/<externalId>.png", category: "picture" },
        { path: "mail/x-<externalId>/*/*", category: "message" },
      ],
    });
  const holds = async ({ externalId: id }: Identity): Promise<number> => {
    const all = readdirSync(root, { recursive: true, withFileTypes: true });
    return all.filter((entry) => {
      const path = join(entry.parentPath, entry.name).slice(root.length + 1);
      const name = path.split("/")[1]?.replaceAll(/^x-|\.png$/g, "");
      return entry.isFile() && name === id;
    }).length;
  };

  for (const { rule, check } of connectorRules) {
    test(rule, () => check({ source: source(), ann, bob, records: RECORDS, holds }));
  }

  test("a file's content is in the export, in parts where it is long", async () => {
    const long = Buffer.alloc(1_200_000, "abc");
    put("uploads/ann/long.bin", long);
    const found = await items(source(), ann);
    const parts = found.filter(({ data }) => data["path"] === "uploads/ann/long.bin");
    const content = parts.map(({ data }) => String(data["text"]));
    assert.equal(parts.length, 3);
    assert.ok(content.join("") === long.toString());
  });

  test("a file is overwritten before it is removed, and its folders go with it", async () => {
    const path = join(root, "uploads/ann/letter.txt");
    const kept = openSync(path, "r");
    const { length } = readFileSync(path);
    await source().erase!(ann, call());
    const left = Buffer.alloc(length);
    assert.equal(readSync(kept, left, 0, length, 0), length);
    assert.ok(left.equals(Buffer.alloc(length)));
    assert.deepEqual(readdirSync(join(root, "uploads")), ["bob"]);
    assert.ok(existsSync(join(root, "avatars")), "what is the application's own stays");
  });

  for (const name of [
    "..",
    ".",
    "../files/uploads/bob",
    "bob/../bob",
    "a\0b",
    "bob\\x",
    "/etc",
    "",
  ]) {
    test(`a name that leads elsewhere is refused: ${JSON.stringify(name)}`, async () => {
      const odd = person(name);
      await source().erase!(odd, call()).catch(failing("identifier-refused"));
      assert.deepEqual([await holds(ann), await holds(bob)], [RECORDS, RECORDS]);
    });
  }

  test("a link on the way, or in place of a file, is followed nowhere", async () => {
    writeFileSync(join(outer, "secret"), "of the system");
    for (const [link, to] of [
      ["uploads/ann/secret.txt", join(outer, "secret")],
      ["uploads/ann/others", join(root, "uploads/bob")],
      ["uploads/ann/up", ".."],
      ["uploads/ann/nowhere", "/nowhere"],
    ] as const) {
      symlinkSync(to, join(root, link));
      await assert.rejects(items(source(), ann), failing("refused", outer));
      await assert.rejects(source().erase!(ann, call()), failing("refused", outer));
      rmSync(join(root, link));
    }
    symlinkSync(join(root, "uploads/bob"), join(root, "uploads/carl"));
    const carl = person("carl");
    await assert.rejects(source().erase!(carl, call()), failing("refused"));
    assert.equal(await holds(bob), RECORDS);
    assert.equal(readFileSync(join(outer, "secret"), "utf8"), "of the system");
  });

  test("a folder that is exchanged for a link meanwhile costs nobody else a file", async (context) => {
    if (process.platform !== "linux") return context.skip("only Linux shows what is open");
    const [folder, away] = [join(root, "uploads/ann"), join(root, "away")];
    // Long enough that it is exchanged while it is overwritten.
    writeFileSync(join(folder, "long"), "x");
    truncateSync(join(folder, "long"), 32 * 1024 * 1024);
    const [file, first] = [openSync(join(folder, "long"), "r"), Buffer.from("x")];
    writeFileSync(join(outer, "long"), "of the system");
    const erased = destroyFile(realpathSync(root), "uploads/ann/long");
    for (; first[0] !== 0; readSync(file, first, 0, 1, 0)) await setImmediate();
    closeSync(file);
    renameSync(folder, away);
    symlinkSync(outer, folder);
    await erased.catch(() => {});
    assert.equal(readFileSync(join(outer, "long"), "utf8"), "of the system");
    assert.ok(!existsSync(join(away, "long")));
  });

  test("a file with a second name is not called erased: its content would live on", async () => {
    linkSync(join(root, "avatars/ann.png"), join(outer, "copy"));
    await assert.rejects(source().erase!(ann, call()), failing("refused"));
    assert.equal(readFileSync(join(outer, "copy"), "utf8"), "picture of ann");
    rmSync(join(outer, "copy"));
    await source().erase!(ann, call());
    assert.equal(await holds(ann), 0);
  });

  test("what is no file is neither read nor removed, and holds nobody up", async () => {
    if (process.platform === "win32") return; // There such a thing has no name in a folder.
    const socket = createServer().listen(join(root, "uploads/ann/socket"));
    await once(socket, "listening");
    try {
      await assert.rejects(source().erase!(ann, call(2000)), failing("refused"));
      await assert.rejects(items(source(), ann), failing("refused"));
    } finally {
      socket.close();
    }
  });

  test("an empty folder with a person's name is still theirs", async () => {
    mkdirSync(join(root, "uploads/carl/empty"), { recursive: true });
    const carl = person("carl");
    assert.deepEqual(await source().verify!(carl, call()), { remaining: 2 });
    await source().erase!(carl, call());
    assert.deepEqual(await source().verify!(carl, call()), { remaining: 0 });
  });

  test("a root that is not there is told as unreachable, and not taken for empty", async () => {
    const gone = source(join(outer, "not-mounted"));
    await assert.rejects(gone.erase!(ann, call()), failing("unreachable", "not-mounted"));
    await assert.rejects(gone.verify!(ann, call()), failing("unreachable"));
    assert.deepEqual(await gone.check!(call().signal), [{ level: "error", code: "unreachable" }]);
  });

  test("a retention rule counts old files, sweeps a bounded number, and passes over whoever is on hold", async () => {
    const aged = fileSource({
      name: "files",
      root,
      files: [{ path: "uploads/<externalId>/", category: "document", retention: RULE }],
    });
    const [rule] = aged.retention!;
    assert.deepEqual([rule!.rule, rule!.maxAge, rule!.spares], ["uploads", "P90D", true]);
    const old = ["ann/letter.txt", "ann/deep/er/notes.txt", "bob/letter.txt"];
    for (const path of old) utimesSync(join(root, "uploads", path), 0, Date.UTC(2020) / 1000);
    const before = Date.UTC(2021) as EpochMs;
    const { signal } = call();
    assert.equal(await rule!.count(before, signal), 3);
    assert.equal(await rule!.count(before, signal, [ann]), 1);
    assert.equal(await rule!.sweep(before, 10, signal, [bob]), 2);
    assert.ok(!existsSync(join(root, "uploads/ann")), "no empty folder leads to them");
    assert.equal(await rule!.sweep(before, 0, signal), 0);
    assert.equal(await rule!.sweep(before, 1, signal), 1);
    assert.equal(await rule!.count(before, signal), 0);
    assert.ok(existsSync(join(root, "uploads/bob/deep/er/notes.txt")));
    assert.ok(existsSync(join(root, "avatars/ann.png")), "no rule of theirs");
  });

  const agedUploads = () => {
    const files = [{ path: "uploads/<externalId>/", category: "document", retention: RULE }];
    const [rule] = fileSource({ name: "files", root, files }).retention!;
    for (const who of ["ann", "bob"]) {
      for (const name of ["letter.txt", "deep/er/notes.txt"]) {
        utimesSync(join(root, "uploads", who, name), 0, Date.UTC(2020) / 1000);
      }
    }
    return { rule: rule!, before: Date.UTC(2021) as EpochMs };
  };

  test("a link in one person's folder keeps that folder from a retention rule, and no other", async () => {
    const { rule, before } = agedUploads();
    const { signal } = call();
    symlinkSync(outer, join(root, "uploads/ann/out"));
    assert.equal(await rule.count(before, signal), 3, "what is refused is counted as one");
    assert.equal(await rule.sweep(before, 10, signal), 2);
    assert.ok(existsSync(join(root, "uploads/ann/letter.txt")));
    assert.ok(!existsSync(join(root, "uploads/bob")));
    await assert.rejects(rule.sweep(before, 10, signal), failing("refused"));
    rmSync(join(root, "uploads/ann/out"));
    linkSync(join(root, "uploads/ann/letter.txt"), join(outer, "copy"));
    assert.equal(await rule.sweep(before, 10, signal), 1);
    assert.ok(existsSync(join(root, "uploads/ann/letter.txt")), "it would live on as the copy");
  });

  test("a file that is written to behind the look of a retention rule stays", async () => {
    const { rule, before } = agedUploads();
    const touched = join(root, "uploads/ann/deep/er/notes.txt");
    // Asked for where a file that was just looked at is compared with it.
    const valueOf = () => {
      utimesSync(touched, 0, Date.UTC(2022) / 1000);
      return before;
    };
    assert.equal(await rule.sweep({ valueOf } as never, 10, call().signal), 3);
    assert.equal(readFileSync(touched, "utf8"), "notes of ann");
  });

  test("a retention rule by another time, of a path with a star before the name, or twice, is refused", () => {
    const given = (...files: object[]) =>
      fileSource({ name: "files", root, files: files as never });
    const file = { path: "uploads/<externalId>/", category: "document", retention: RULE };
    const created = { ...file, retention: { ...RULE, anchor: "created" } };
    for (const [files, message] of [
      [[created], /files\.files\.0\.retention\.anchor;.*accepted: modified/],
      [[{ ...file, path: "*/<externalId>" }], /files\.0\.retention;.*without a \* before/],
      [[file, { ...file, path: "x/<externalId>" }], /files\.retention;.*each rule only once/],
    ] as const) {
      assert.throws(() => given(...files), { code: "CONFIG_INVALID", message });
    }
  });

  for (const path of [
    "uploads/",
    "../<externalId>",
    "/<externalId>",
    "a//<externalId>",
    "a/<externalId>*",
  ]) {
    test(`a pattern that could name other files is refused: ${path}`, () => {
      const files = [{ path, category: "document" }];
      assert.throws(() => fileSource({ name: "files", root, files }), { code: "CONFIG_INVALID" });
    });
  }
});
