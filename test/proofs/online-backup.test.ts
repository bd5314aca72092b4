import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { describe, test } from "node:test";

import { openOubli } from "#engine";
import { isOubliError } from "#kernel";

import { ON_CLUSTER } from "../support/cluster.ts";
import { openBackedUp, PURPOSE, tell, toldBy, type BackedUp } from "./support/backed-up.ts";
import { ENGINES } from "./support/ground.ts";
import { THOROUGH } from "./support/thorough.ts";

/** How often a restore is killed, and how much later each time: on a server it takes longer. */
const KILLS = {
  sqlite: THOROUGH ? { rounds: 16, stepMs: 14 } : { rounds: 8, stepMs: 28 },
  postgres: THOROUGH ? { rounds: 30, stepMs: 40 } : { rounds: 8, stepMs: 150 },
  cluster: THOROUGH ? { rounds: 60, stepMs: 150 } : { rounds: 16, stepMs: 500 },
};

const CHILD = join(import.meta.dirname, "support", "backup-child.ts");

interface Child {
  readonly process: ChildProcess;
  readonly lines: string[];
  kill(): Promise<void>;
}

async function start(life: BackedUp, act: string, who = "nobody"): Promise<Child> {
  const { config: given } = life;
  const [region] = Object.values(given.regions);
  const { store, root } = region!;
  const regions = { eu: { jurisdictions: ["*"], store, root } };
  const purpose = { basis: "contract", categories: ["preference"], retention: "P1Y" };
  const config = { regions, purposes: { [PURPOSE]: purpose } };
  const { admin } = life.medium;
  const ledger = life.path("exported");
  const orders = { act, config, backups: life.backups, ledger, admin, who };
  const flags = ["--conditions=oubli-source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...flags, CHILD, JSON.stringify(orders)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const read = createInterface(child.stdout!);
  read.on("line", (line) => lines.push(line));
  const closed = once(read, "close");
  while (lines.length === 0 && child.exitCode === null) await pause(5);
  return {
    process: child,
    lines,
    async kill() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}

describe("a backup beside processes that write", () => {
  test("has every memory that was acknowledged before it began, each of them readable, and a whole log", async () => {
    await using life = await openBackedUp();
    await tell(life.oubli, "ada", "first");
    const writers = await Promise.all(["bob", "cleo"].map((who) => start(life, "write", who)));
    const taken: (readonly string[])[] = [];
    for (let round = 0; round < 4; round += 1) {
      for (const writer of writers) await until(() => writer.lines.length > 15 * (round + 1));
      taken.push(writers.flatMap(({ lines }) => lines.slice(1)));
      await life.oubli.backup(join(life.backups, `round-${round}`));
    }
    for (const writer of writers) await writer.kill();
    assert.ok(taken[0]!.length > 20 && taken[3]!.length > taken[0]!.length, "they did write");
    await life.oubli.audit.export(life.path("exported"));

    for (const [round, acknowledged] of taken.entries()) {
      const from = join(life.backups, `round-${round}`);
      if (round > 0) await life.oubli.audit.export(life.path("exported"));
      const restored = await life.loseAndRestore({ from, ledger: life.path("exported") });
      const found = new Set([
        ...(await toldBy(life.oubli, "bob")),
        ...(await toldBy(life.oubli, "cleo")),
      ]);
      const missing = acknowledged.filter((text) => !found.has(text));
      assert.deepEqual(missing, [], `round ${round}`);
      assert.deepEqual(
        restored.logs.flatMap(({ faults }) => faults),
        [],
      );
    }
  });

  test("holds nothing that can be read: no canary of a memory, a name, a question or a key", async () => {
    await using life = await openBackedUp();
    const canaries = ["canary-memory-71", "canary-name-72", "canary-question-73"] as const;
    await tell(life.oubli, canaries[1], canaries[0]);
    const person = await life.oubli.subject(canaries[1]);
    await person.session({ purpose: PURPOSE, thread: canaries[1] }).recall(canaries[2]);
    const { backup } = await life.oubli.backup(life.backups);
    const root = readdirSync(life.path("root")).filter((name) => name.endsWith(".key"));
    const keys = root.map((name) => readFileSync(life.path("root", name)));
    assert.equal(keys.length, 1);

    const found = (bytes: Buffer): string[] => [
      ...canaries.filter((text) => bytes.includes(text)),
      ...keys.filter((key) => bytes.includes(key.subarray(0, 16))).map(() => "key"),
    ];
    const files = readdirSync(join(life.backups, backup));
    assert.equal(files.length, 4);
    for (const name of files) {
      assert.deepEqual(found(readFileSync(join(life.backups, backup, name))), [], name);
    }
    const planted = Buffer.concat([Buffer.from(canaries.join()), keys[0]!]);
    assert.deepEqual(found(planted), [...canaries, "key"], "control: the scan finds what is there");
  });

  test("carries no page of a key that was destroyed", async () => {
    await using life = await openBackedUp();
    const nodes = await tell(life.oubli, "ada", ...Array.from({ length: 400 }, (_, n) => `m${n}`));
    await tell(life.oubli, "bob", "stays");
    const wrapped = await life.medium.wrappedKeys(nodes);
    assert.equal(wrapped.length, 400);
    const before = await life.oubli.backup(life.backups);
    await (await life.oubli.subject("ada")).forget(nodes);
    const after = await life.oubli.backup(life.backups);

    const held = (backup: string): number => {
      const bytes = readFileSync(join(life.backups, backup, "keys.snapshot"));
      return wrapped.filter((key) => bytes.includes(key)).length;
    };
    assert.equal(held(before.backup), 400, "control: it had them");
    assert.equal(held(after.backup), 0);
  });
});

describe("killed at any moment", () => {
  test("a backup leaves no copy of the keys behind, and nothing that is taken for a backup", async () => {
    await using life = await openBackedUp();
    await tell(life.oubli, "ada", ...Array.from({ length: 300 }, (_, n) => `memory ${n}`));
    let [whole, partial] = [0, 0];
    for (let round = 0; round < 12; round += 1) {
      const child = await start(life, "backup");
      // Every third one gets a whole backup done before it dies in the next.
      if (round % 3 === 0) await until(() => child.lines.length > 1);
      await pause(Math.random() * 150);
      await child.kill();
      for (const name of existsSync(life.backups) ? readdirSync(life.backups) : []) {
        const complete = existsSync(join(life.backups, name, "manifest.note"));
        if (complete) whole += 1;
        else partial += 1;
        if (!complete) rmSync(join(life.backups, name), { recursive: true });
      }
    }
    assert.ok(whole > 0, `${whole} whole, ${partial} partial`);
    await life.oubli.close();
    await life.reopen();
    assert.deepEqual(await life.medium.left(), []);
    await life.oubli.audit.export(life.path("exported"));
    await life.loseAndRestore({ ledger: life.path("exported") });
    assert.equal((await toldBy(life.oubli, "ada")).length, 300);
  });

  for (const engine of ENGINES) {
    test(`${engine}: a restore leaves the place empty or locked, never half open; it is run again, and ends`, async () => {
      await using life = await openBackedUp(engine);
      const nodes = await tell(
        life.oubli,
        "ada",
        ...Array.from({ length: 200 }, (_, n) => `m ${n}`),
      );
      await life.oubli.backup(life.backups);
      await (await life.oubli.subject("ada")).forget(nodes.slice(0, 150));
      await life.oubli.audit.export(life.path("exported"));
      await life.lose();
      cpSync(life.path("root"), life.path("root-then"), { recursive: true });
      const seen = { empty: 0, locked: 0, done: 0 };
      const { rounds, stepMs } = KILLS[engine === "postgres" && ON_CLUSTER ? "cluster" : engine];
      for (let round = 0; round < rounds; round += 1) {
        const child = await start(life, "restore");
        await pause(round * stepMs);
        await child.kill();
        const state = await stateOf(life);
        seen[state] += 1;
        if (state !== "done") await life.restore({ ledger: life.path("exported") });
        await life.reopen();
        assert.equal((await toldBy(life.oubli, "ada")).length, 50);
        assert.deepEqual(
          (await life.oubli.audit.check()).flatMap(({ faults }) => faults),
          [],
        );
        await life.oubli.close();
        // The same beginning for each round: the notary, too, as it was.
        await life.medium.lose();
        rmSync(life.path("root"), { recursive: true });
        cpSync(life.path("root-then"), life.path("root"), { recursive: true });
      }
      assert.ok(seen.empty > 0 && seen.locked > 0, JSON.stringify(seen));
    });
  }
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(5);
}

async function stateOf(life: BackedUp): Promise<"empty" | "locked" | "done"> {
  const there = await life.medium.hasLog();
  try {
    await (await openOubli(life.config, { sweep: "manual" })).close();
  } catch (error) {
    if (isOubliError(error, "STORE_LOCKED")) return "locked";
    // Opened in an empty place: the notary knows better.
    if (isOubliError(error, "LOG_FORKED") && !there) return "empty";
    throw error;
  }
  return "done";
}
