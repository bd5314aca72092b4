import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import { describe, test } from "node:test";

import * as fc from "fast-check";

import { isOubliError, LIMITS, OubliError } from "#kernel";
import pg from "pg";

import { testDatabase } from "../support/postgres.ts";
import { makeSchemas } from "../support/schemas.ts";
import {
  faultsOf,
  openAudited,
  READ_NAMES,
  READS,
  TOKEN,
  type Appending,
  type AuditedWorld,
  type Release,
} from "./support/audited-world.ts";
import { newPlace } from "./support/residue-world.ts";
import { settled } from "./support/settled.ts";
import { THOROUGH } from "./support/thorough.ts";
import { until } from "./support/until.ts";

// Goal: nothing is read that the log does not know of.
// Method: every call that gives content out runs on real files while the audit store is spoiled in
// every way that it can fail; and in the moment of each release, a second connection looks for its
// entry in the file.

type Name = (typeof READ_NAMES)[number];

/** Runs a read; answers what was released, and with which code it failed, if it did. */
async function run(world: AuditedWorld, name: Name) {
  const releases: { readonly release: Release; readonly faults: readonly string[] }[] = [];
  const before = await world.size();
  try {
    await READS[name](world, async (release) => {
      releases.push({ release, faults: await faultsOf(world, before, release) });
    });
    return { releases, code: null };
  } catch (error) {
    if (!isOubliError(error)) throw error;
    assert.ok(!`${error.message}${JSON.stringify(error)}${error.stack}`.includes(TOKEN));
    return { releases, code: error.code };
  }
}

describe("each release matches exactly one entry that was durable before it", () => {
  for (const name of READ_NAMES) {
    test(name, async () => {
      await using world = await openAudited();
      const { releases, code } = await run(world, name);
      assert.equal(code, null);
      assert.deepEqual(
        releases.map(({ faults }) => faults),
        [[]],
      );
    });
  }

  test("however slow the log is", async () => {
    await using world = await openAudited();
    let answered = false;
    world.through(async (go) => {
      await pause(40);
      const done = await go();
      await pause(40);
      answered = true;
      return done;
    });
    for (const name of READ_NAMES) {
      answered = false;
      await READS[name](world, async () => assert.ok(answered, name));
      assert.ok(answered, name);
    }
  });

  test("in whatever order reads and failures come", async () => {
    const reads = fc.array(
      fc.record({
        name: fc.constantFrom(...READ_NAMES),
        fate: fc.constantFrom("kept", "kept", "lost", "unknown", "slow"),
      }),
      { minLength: 5, maxLength: 20 },
    );
    const seen = { released: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(reads, async (chosen) => {
        await using world = await openAudited();
        const indices = new Set<number>();
        for (const { name, fate } of chosen) {
          world.through(FATES[fate]);
          const { releases, code } = await run(world, name);
          // The source of a derivation is released under its own entry, before that of its result.
          assert.equal(code, fate === "lost" || fate === "unknown" ? "AUDIT_UNAVAILABLE" : null);
          assert.equal(releases.length, code === null ? 1 : 0);
          for (const { release, faults } of releases) {
            assert.deepEqual(faults, [], name);
            if (release.auditIndex === null) continue;
            assert.ok(!indices.has(release.auditIndex), "no two releases share an entry");
            indices.add(release.auditIndex);
          }
          seen[code === null ? "released" : "refused"] += 1;
        }
      }),
      { numRuns: 12 },
    );
    assert.ok(seen.released > 0 && seen.refused > 0, JSON.stringify(seen));
  });
});

const FATES: Readonly<Record<"kept" | "lost" | "unknown" | "slow", Appending | null>> = {
  kept: null,
  lost: () => Promise.reject(new OubliError("STORE_FULL")),
  unknown: async (go) => {
    await go();
    throw new OubliError("STORE_UNAVAILABLE");
  },
  slow: async (go) => {
    await pause(5);
    return go();
  },
};

describe("nothing is released when the log", () => {
  for (const [what, fate] of [
    ["cannot be written", FATES.lost],
    ["was written, and does not say so", FATES.unknown],
  ] as const) {
    test(what, async () => {
      await using world = await openAudited();
      for (const name of READ_NAMES) {
        world.through(fate);
        assert.deepEqual(await run(world, name), { releases: [], code: "AUDIT_UNAVAILABLE" }, name);
        world.through(null);
        assert.equal((await run(world, name)).releases.length, 1, `${name}, once it is mended`);
      }
    });
  }

  test("fails half-way through its transaction", async () => {
    await using world = await openAudited();
    using sql = new DatabaseSync(join(world.place.data, "audit.db"), { timeout: 5000 });
    const size = await world.size();
    for (const table of ["audit_access", "audit_head"]) {
      const event = table === "audit_head" ? "UPDATE" : "INSERT";
      sql.exec(
        `CREATE TRIGGER spoil AFTER ${event} ON ${table} BEGIN SELECT RAISE(ABORT, 'x'); END`,
      );
      for (const name of READ_NAMES) {
        const outcome = await run(world, name);
        assert.deepEqual(outcome, { releases: [], code: "AUDIT_UNAVAILABLE" }, `${name}: ${table}`);
      }
      sql.exec("DROP TRIGGER spoil");
    }
    assert.equal(await world.size(), size, "and no half of an entry stays");
    for (const name of READ_NAMES) assert.equal((await run(world, name)).releases.length, 1, name);
  });

  test("does not answer, until that counts as failed", async (context) => {
    await using world = await openAudited();
    for (const name of READ_NAMES) {
      const asked = Promise.withResolvers<void>();
      const late = Promise.withResolvers<void>();
      world.through(async (go) => {
        asked.resolve();
        await late.promise;
        return go();
      });
      context.mock.timers.enable({ apis: ["setTimeout"] });
      const running = run(world, name);
      await asked.promise;
      context.mock.timers.tick(31_000);
      context.mock.timers.reset();
      assert.deepEqual(await running, { releases: [], code: "AUDIT_UNAVAILABLE" }, name);
      late.resolve();
    }
  });

  test("has too much waiting for it: what is beyond the bound is turned away at once", async (context) => {
    await using world = await openAudited();
    const opened = Promise.withResolvers<void>();
    world.through(async (go) => {
      await opened.promise;
      return go();
    });
    const outcomes = { done: 0, AUDIT_UNAVAILABLE: 0 };
    // No time passes, so none is turned away for having waited.
    context.mock.timers.enable({ apis: ["setTimeout"] });
    // One batch is on its way to the store, and the bound is for what waits behind it.
    const beyond = 100;
    const reads = Array.from({ length: LIMITS.auditQueueMax + 256 + beyond }, () =>
      world.ada.get(world.nodes[0]!, { purpose: "support" }).then(
        () => (outcomes.done += 1),
        (error: { code: "AUDIT_UNAVAILABLE" }) => (outcomes[error.code] += 1),
      ),
    );
    const before = await world.size();
    while (outcomes.AUDIT_UNAVAILABLE < beyond) await turn();
    assert.equal(outcomes.done, 0);
    opened.resolve();
    await Promise.all(reads);
    assert.ok(outcomes.done >= LIMITS.auditQueueMax, JSON.stringify(outcomes));
    assert.equal(outcomes.done + outcomes.AUDIT_UNAVAILABLE, reads.length);
    assert.equal(
      (await world.size()) - before,
      outcomes.done,
      "an entry for each that was released",
    );
  });

  test("hangs, and the process is killed; and the next process reads on", async ({ signal }) => {
    await Promise.all(READ_NAMES.map((name) => killWhileAppending(signal, name)));
  });

  test("is held by somebody else on a server, and the process is killed; and the next process reads on", async ({
    signal,
  }) => {
    const names = THOROUGH ? READ_NAMES : READ_NAMES.slice(0, 3);
    for (const name of names) await killWhileWaiting(signal, name);
  });
});

/** A reader of its own process, and what it has said. It ends with the test that started it. */
function startReader(signal: AbortSignal, ...args: readonly string[]) {
  const child = new URL("./support/hanging-reader.ts", import.meta.url).pathname;
  const flags = ["--conditions=oubli-source", child, ...args];
  const stdio = ["pipe", "pipe", "inherit"] as const;
  const reader = spawn(process.execPath, flags, {
    stdio: [...stdio],
    signal,
    killSignal: "SIGKILL",
  });
  reader.on("error", () => {});
  const ended = once(reader, "close");
  const said = { output: "" };
  reader.stdout.setEncoding("utf8").on("data", (text: string) => (said.output += text));
  const says = (word: string): Promise<void> =>
    until(`a reader says ${word}`, () => {
      assert.equal(reader.exitCode, null, "it lives");
      return said.output.includes(word);
    });
  const kill = async (): Promise<void> => {
    await pause(50);
    reader.kill("SIGKILL");
    await ended;
  };
  return { reader, said, says, kill };
}

async function killWhileAppending(signal: AbortSignal, name: Name): Promise<void> {
  using place = newPlace();
  const { said, says, kill } = startReader(signal, place.data, place.root, name);
  await says("appending");
  await kill();
  assert.equal(said.output, "appending\n", name);
  await using world = await openAudited(place);
  await assertReadsOn(world);
}

/** Its statement is the server's by then: it may still be carried out, for nobody. */
async function killWhileWaiting(signal: AbortSignal, name: Name): Promise<void> {
  using place = newPlace();
  await using database = await testDatabase();
  const { adminUrl, url } = database;
  await makeSchemas(database, "eu");
  const { reader, said, says, kill } = startReader(signal, place.data, place.root, name, url);
  await says("ready");
  const holder = new pg.Client({ connectionString: adminUrl });
  await holder.connect();
  await holder.query("BEGIN; LOCK oubli_eu_audit.audit_head");
  reader.stdin.write("go\n");
  await says("appending");
  await kill();
  assert.equal(said.output, "ready\nappending\n", name);
  await holder.query("ROLLBACK");
  await holder.end();
  await settled(adminUrl);
  await using world = await openAudited(place, url);
  await assertReadsOn(world);
}

async function assertReadsOn(world: AuditedWorld): Promise<void> {
  for (const { log, faults } of await world.oubli.audit.check()) assert.deepEqual(faults, [], log);
  assert.deepEqual((await run(world, "recall")).releases[0]!.faults, []);
}

/** Files that open what is sealed, and what makes sure that it is written down. */
const OPENERS: Readonly<Record<string, string>> = {
  "src/memory/body.ts": "is the function",
  "src/memory/read.ts": "get, list, export, derive, link, blocks: `release` before it returns",
  "src/memory/working-sets.ts": "keeps it in this process; only recall asks for it, and releases",
  "src/erasure/next-revision.ts": "a correction seals the rest of the old body anew",
  "src/cli/demo/backup.ts": "plays the thief, on a copy",
  "src/transfer/copy-nodes.ts":
    "seals it anew in the region it moves to; nobody sees it, and both ledgers say so",
};

/** Each way to content in the source, and who goes it. */
const PATHS: readonly { readonly path: RegExp; readonly takers: readonly string[] }[] = [
  { path: /\bopenRow\b/, takers: Object.keys(OPENERS) },
  { path: /\bopen\b[^;]*from "#keys"/, takers: ["src/memory/body.ts"] },
  { path: /workingSets\.(open|last)\(/, takers: ["src/memory/recall.ts"] },
];

function strangers(files: Readonly<Record<string, string>>): readonly string[] {
  return PATHS.flatMap(({ path, takers }) =>
    Object.entries(files)
      .filter(([file, source]) => !takers.includes(file) && path.test(source))
      .map(([file]) => file),
  );
}

describe("the source has one path to content, and it passes the log", () => {
  const names = globSync("src/**/*.ts").filter(
    (file) => !file.endsWith(".test.ts") && !file.endsWith("/index.ts"),
  );
  const files = Object.fromEntries(names.map((file) => [file, readFileSync(file, "utf8")]));

  test("only these files open what is sealed", () => {
    assert.ok(names.length > 100);
    assert.deepEqual(strangers(files), []);
  });

  for (const [what, line] of [
    ["opens a row", 'import { openRow } from "#memory";'],
    ["opens a seal", 'import { open, type Place } from "#keys";'],
    ["takes a working set", "const set = await world.workingSets.open(tenant, known);"],
  ] as const) {
    test(`the check bites: another file ${what}`, () => {
      assert.deepEqual(strangers({ ...files, "src/engine/new.ts": line }), ["src/engine/new.ts"]);
    });
  }
});

describe("control: it is found", () => {
  test("when content is released first, and written down after", async () => {
    await using world = await openAudited();
    for (const name of READ_NAMES) {
      const looked = Promise.withResolvers<void>();
      const writing: Promise<unknown>[] = [];
      let next = await world.size();
      world.through(async (go) => {
        writing.push(looked.promise.then(go));
        return [{ status: "appended", index: next++ }];
      });
      const { releases } = await run(world, name);
      assert.deepEqual(
        releases.map(({ faults }) => faults),
        [["0 entries match"]],
        name,
      );
      looked.resolve();
      await Promise.all(writing);
    }
  });

  test("when it is written down twice", async () => {
    await using world = await openAudited();
    world.through(async (go) => {
      await go();
      return go();
    });
    const { releases } = await run(world, "get");
    assert.deepEqual(releases[0]!.faults, ["2 entries match"]);
  });
});
