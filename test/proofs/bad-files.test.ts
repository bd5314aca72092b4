import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { inspect } from "node:util";

import { openOubli, type Oubli } from "#engine";
import { isOubliError, type ErrorCode } from "#kernel";
import type { ConfigInput } from "#policy";

// Proof 10, second half: whatever happened to the files, the answer is an error by code; nothing of
// their content is in it; and once the files are put back, nothing is lost.
// Method: a real folder, damaged in a copy; opened and read through the product.

const CANARY = "Ada Lovelace, 10 December 1815";

const CONFIG: ConfigInput = {
  purposes: { support: { basis: "contract", categories: ["preference"], retention: "P2Y" } },
};

const DATABASES = ["memory", "keys", "audit"] as const;

type File = (typeof DATABASES)[number] | "notary";

describe("a folder that is not as it was is refused by code, and served again once it is", () => {
  const cases: Record<string, [codes: readonly ErrorCode[], spoil: (place: Place) => void]> = {
    "no root folder": [["ROOT_MISSING"], (place) => place.remove("root")],
    "no root key": [["ROOT_MISSING"], (place) => place.remove("root/eu.epoch-1.key")],
    "no notary": [["ROOT_MISSING"], (place) => place.remove("root/eu.notary.db")],
    "a root key cut short": [
      ["STORE_DAMAGED"],
      (place) => truncateSync(place.path("root/eu.epoch-1.key"), 31),
    ],
    "a root key with one bit turned over": [
      ["SEAL_BROKEN"],
      (place) => place.flip("root/eu.epoch-1.key", 7),
    ],
    "another installation's root": [
      ["SEAL_BROKEN", "LOG_FORKED", "STORE_DAMAGED"],
      (place) => place.exchangeRoot(),
    ],
    "memory and keys in each other's place": [
      ["STORE_DAMAGED"],
      (place) => place.swap("memory", "keys"),
    ],
    "keys and audit in each other's place": [
      ["STORE_DAMAGED"],
      (place) => place.swap("keys", "audit"),
    ],
    "no memory database": [["STORE_DAMAGED"], (place) => place.removeDatabase("memory")],
    "no key database": [["STORE_DAMAGED"], (place) => place.removeDatabase("keys")],
    "no audit log": [["LOG_FORKED"], (place) => place.removeDatabase("audit")],
  };
  for (const name of [...DATABASES, "notary"] as const) {
    Object.assign(cases, {
      [`${name}: a newer schema`]: [
        ["SCHEMA_NEWER"],
        (place: Place) => place.sql(name, "PRAGMA user_version = 99"),
      ],
      [`${name}: another application's database`]: [
        ["STORE_DAMAGED"],
        (place: Place) => place.sql(name, "PRAGMA application_id = 42"),
      ],
      [`${name}: a text in its place`]: [
        ["STORE_DAMAGED"],
        (place: Place) => writeFileSync(place.file(name), CANARY.repeat(200)),
      ],
      [`${name}: a head that was overwritten`]: [
        ["STORE_DAMAGED"],
        (place: Place) => place.overwrite(name, 0, 200),
      ],
      [`${name}: a folder in its place`]: [
        ["STORE_UNAVAILABLE"],
        (place: Place) => place.makeFolder(name),
      ],
    });
  }
  for (const [name, [codes, spoil]] of Object.entries(cases)) {
    test(`${name}: ${codes.join(" or ")}`, async () => {
      using place = await openPlace();
      const before = place.keepCopy();
      spoil(place);
      const error = await errorOf(place);
      assert.ok(isOubliError(error) && codes.includes(error.code), inspect(error));
      assert.deepEqual(leaks(error), []);
      await assert.rejects(place.open(), { code: error.code }, "and again the next time");

      place.putBack(before);
      await place.checkAll();
    });
  }
});

describe("a file that is damaged within: at the opening or at the reading, by code, and no wrong text", () => {
  for (const name of DATABASES) {
    test(`${name}.db with any page overwritten, or cut anywhere`, async () => {
      using place = await openPlace();
      const before = place.keepCopy();
      const pages = statSync(place.file(name)).size / 4096;
      const met = new Map<string, number>();
      for (let page = 1; page < pages; page += Math.max(1, Math.floor(pages / 12))) {
        for (const how of ["overwritten", "cut"] as const) {
          place.putBack(before);
          if (how === "cut") truncateSync(place.file(name), page * 4096 + 100);
          else place.overwrite(name, page * 4096, 4096);
          const outcome = await place.outcome();
          met.set(outcome, (met.get(outcome) ?? 0) + 1);
        }
      }
      assert.ok(
        [...met.keys()].some((outcome) => outcome !== "all there"),
        "some damage must show",
      );
      place.putBack(before);
      await place.checkAll();
    });
  }

  test("the check can fail: a text that is another is told from one that is not there", async () => {
    using place = await openPlace();
    assert.equal(await place.outcome(), "all there");
    await place.change();
    await assert.rejects(place.outcome(), /another text/);
  });
});

describe("a write that fails is refused by code, and leaves nothing half done", () => {
  for (const [name, table] of [
    ["memory", "body"],
    ["memory", "node"],
    ["keys", "node_key"],
    ["audit", "audit_access"],
  ] as const) {
    test(`${name}.db refuses a row of ${table}: nothing is stored, and the next call works`, async () => {
      using place = await openPlace();
      await using oubli = await place.open();
      const ada = (await oubli.find("ada"))!;
      const chat = ada.session({ purpose: "support" });
      place.sql(
        name,
        `CREATE TRIGGER refuse BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, '${CANARY}'); END`,
      );
      const error = await chat.remember(`${CANARY} again`).catch((error: unknown) => error);
      const code = name === "audit" ? "AUDIT_UNAVAILABLE" : "STORE_DAMAGED";
      assert.ok(isOubliError(error, code), inspect(error));
      assert.equal(error.retryable, name === "audit");
      assert.deepEqual(leaks(error), []);

      place.sql(name, "DROP TRIGGER refuse");
      assert.equal((await ada.self().export()).nodes.length, MEMORIES);
      const [node] = (await chat.remember("stored after all")).nodes;
      assert.equal((await ada.self().get(node!)).content, "stored after all");
    });
  }

  test("a disk that takes no more: refused by code, and all that was acknowledged is there", async () => {
    using place = await openPlace();
    // No file may grow beyond 2 MiB: the write itself fails, as on a full disk.
    const met = place.inProcess(["sh", "-c", 'ulimit -f 4096; exec "$@"', "sh"]);
    assert.ok(
      ["STORE_FULL", "STORE_UNAVAILABLE", "AUDIT_UNAVAILABLE"].includes(met.code!),
      inspect(met),
    );
    assert.ok(met.stored! > 0 && met.stored! < 200);
    assert.doesNotMatch(met.text!, /Lovelace/);

    await using oubli = await place.open();
    const { nodes } = await (await oubli.find("ada"))!.self().export();
    assert.equal(nodes.length, MEMORIES + met.stored!);
    for (const { faults } of await oubli.audit.check()) assert.deepEqual(faults, []);
  });

  test("a folder that is read-only: refused by code, and nothing in it is changed", async () => {
    using place = await openPlace();
    const before = place.keepCopy();
    const bytes = () =>
      readdirSync(place.path("data")).map((name) =>
        readFileSync(place.path(`data/${name}`)).toString("base64"),
      );
    const then = bytes();
    place.readOnly(true);
    const met = place.inProcess([], { unprivileged: true });
    place.readOnly(false);
    assert.ok(["STORE_READ_ONLY", "STORE_UNAVAILABLE"].includes(met.code!), inspect(met));
    assert.doesNotMatch(met.text!, /Lovelace/);
    assert.deepEqual(bytes(), then);
    place.putBack(before);
    await place.checkAll();
  });

  test("a folder that cannot be made: refused by code", () => {
    const folder = mkdtempSync(join(tmpdir(), "oubli-closed-"));
    try {
      chmodSync(folder, 0o555);
      const met = run(folder, [], { unprivileged: true });
      assert.equal(met.code, "STORE_READ_ONLY", inspect(met));
      assert.deepEqual(readdirSync(folder), []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("control: the same process in a good folder stores everything", () => {
    const folder = mkdtempSync(join(tmpdir(), "oubli-open-"));
    try {
      chmodSync(folder, 0o777);
      assert.deepEqual(run(folder, [], { unprivileged: true }), { stored: 200 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("an audit log cannot be exported into a folder that is none: refused by code", async () => {
    using place = await openPlace();
    await using oubli = await place.open();
    const auditor = oubli.as({ kind: "staff", id: "auditor", roles: ["auditor"] });
    const error = await auditor.audit
      .export(place.path("data/memory.db"))
      .catch((met: unknown) => met);
    assert.ok(isOubliError(error, "STORE_UNAVAILABLE"), inspect(error));
    assert.ok(!inspect(error).includes(place.folder), "its path is not told");
  });
});

const MEMORIES = 40;

type Place = Awaited<ReturnType<typeof openPlace>>;

/** A folder with one person's memories in it, closed. */
async function openPlace() {
  const folder = mkdtempSync(join(tmpdir(), "oubli-files-"));
  const path = (name: string): string => join(folder, name);
  const file = (name: File): string =>
    name === "notary" ? path("root/eu.notary.db") : path(`data/${name}.db`);
  const store = { store: `sqlite:${path("data")}`, root: path("root") };
  const config = { ...CONFIG, regions: { eu: { jurisdictions: ["*"], ...store } } };
  const open = () => openOubli(config, { sweep: "manual" });
  const texts = Array.from({ length: MEMORIES }, (_, at) => `${CANARY}: memory ${at}`);
  {
    await using oubli = await open();
    const chat = (await oubli.subject("ada")).session({ purpose: "support" });
    await chat.remember(texts.map((content) => ({ role: "user", content })));
  }

  async function readAll(): Promise<readonly string[]> {
    await using oubli: Oubli = await open();
    const ada = await oubli.find("ada");
    const { nodes } = await ada!.self().export();
    return nodes.map(({ content }) => content);
  }

  return {
    folder,
    path,
    file,
    open,
    inProcess: (before: readonly string[], options = {}) => run(folder, before, options),
    remove: (name: string) => rmSync(path(name), { recursive: true }),
    removeDatabase(name: File) {
      for (const end of ["", "-wal", "-shm"]) rmSync(`${file(name)}${end}`, { force: true });
    },
    flip(name: string, at: number) {
      const bytes = readFileSync(path(name));
      bytes[at] = bytes[at]! ^ 1;
      writeFileSync(path(name), bytes);
    },
    overwrite(name: File, at: number, length: number) {
      const handle = openSync(file(name), "r+");
      writeSync(handle, Buffer.alloc(length, 0xa5), 0, length, at);
    },
    swap(one: File, other: File) {
      const kept = readFileSync(file(one));
      copyFileSync(file(other), file(one));
      writeFileSync(file(other), kept);
    },
    /** The root of another installation with the same names. */
    exchangeRoot() {
      rmSync(path("root"), { recursive: true });
      const script = run(join(folder, "other"), []);
      assert.equal(script.stored, 200);
      cpSync(join(folder, "other", "root"), path("root"), { recursive: true });
    },
    makeFolder(name: File) {
      rmSync(file(name));
      mkdirSync(file(name));
    },
    sql(name: File, text: string) {
      using database = new DatabaseSync(file(name));
      database.exec(text);
    },
    readOnly(on: boolean) {
      for (const name of globSync(`${folder}/{data,root}/*`)) chmodSync(name, on ? 0o444 : 0o600);
      for (const name of ["data", "root", ""]) chmodSync(path(name), on ? 0o555 : 0o700);
    },
    keepCopy(): string {
      const copy = mkdtempSync(join(tmpdir(), "oubli-files-copy-"));
      for (const name of ["data", "root"])
        cpSync(path(name), join(copy, name), { recursive: true });
      return copy;
    },
    putBack(copy: string) {
      for (const name of ["data", "root"]) {
        rmSync(path(name), { recursive: true, force: true });
        cpSync(join(copy, name), path(name), { recursive: true });
      }
    },
    /** Opens and reads everything: all is there, or the code of the error that came. */
    async outcome(): Promise<string> {
      try {
        const read = await readAll();
        for (const text of read)
          if (!texts.includes(text)) throw new Error("another text was read");
        return read.length === MEMORIES ? "all there" : "some are missing";
      } catch (error) {
        if (error instanceof TypeError && existsSync(file("keys"))) return "nobody found";
        if (!isOubliError(error)) throw error;
        assert.deepEqual(leaks(error), []);
        return error.code;
      }
    },
    async change() {
      await using oubli = await open();
      const ada = (await oubli.find("ada"))!;
      const { nodes } = await ada.self().export();
      await ada.self().correct(nodes[0]!.id, "something else");
    },
    async checkAll() {
      assert.deepEqual((await readAll()).toSorted(), texts.toSorted());
    },
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Met {
  readonly stored?: number;
  readonly code?: string;
  readonly text?: string;
}

/** Runs the work in a process of its own: as `nobody` where this one could not be refused. */
function run(folder: string, before: readonly string[], { unprivileged = false } = {}): Met {
  const [command, ...args] = [
    ...before,
    process.execPath,
    "--conditions=oubli-source",
    "--disable-warning=ExperimentalWarning",
    "test/proofs/support/in-a-bad-place.ts",
    folder,
    CANARY,
  ];
  const root = process.getuid?.() === 0;
  const nobody = unprivileged && root ? { uid: 65_534, gid: 65_534 } : {};
  const { stdout, stderr } = spawnSync(command!, args, { encoding: "utf8", ...nobody });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as Met;
}

async function errorOf(place: Place): Promise<unknown> {
  try {
    await using oubli = await place.open();
    return new Error(`opened: ${oubli.policy.version}`);
  } catch (error) {
    return error;
  }
}

function leaks(error: Error): string[] {
  const printed = [
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify(error),
    error.stack,
  ];
  return printed.flatMap((text) => (/Lovelace|memory \d/.test(String(text)) ? [String(text)] : []));
}
