import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { describe, test } from "node:test";

import { openOubli } from "#engine";
import { isOubliError } from "#kernel";

import { openBackedUp, PURPOSE, tell, toldBy, type BackedUp } from "./support/backed-up.ts";
import { ENGINES } from "./support/ground.ts";
import { THOROUGH } from "./support/thorough.ts";

/** How many of a restore's steps it is killed at, before and behind the lock. */
const KILLS = THOROUGH ? 30 : 4;

const CHILD = join(import.meta.dirname, "support", "backup-child.ts");

interface Child extends AsyncDisposable {
  readonly lines: string[];
  /** How it ended: `SIGKILL`, or an exit code. */
  readonly ended: Promise<number | string>;
  /** Resolves when it printed so many lines; rejects when it ended before. */
  printed(lines: number): Promise<void>;
  kill(): Promise<void>;
}

interface Start {
  readonly act: "write" | "backup" | "restore";
  readonly who?: string;
  readonly diesAt?: number;
}

function start(life: BackedUp, { act, who = "nobody", diesAt }: Start): Child {
  const { config: given } = life;
  const [region] = Object.values(given.regions);
  const { store, root } = region!;
  const regions = { eu: { jurisdictions: ["*"], store, root } };
  const purpose = { basis: "contract", categories: ["preference"], retention: "P1Y" };
  const config = { regions, purposes: { [PURPOSE]: purpose } };
  const { admin } = life.medium;
  const ledger = life.path("exported");
  const orders = { act, config, backups: life.backups, ledger, admin, who, diesAt: diesAt ?? null };
  const flags = ["--conditions=oubli-source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...flags, CHILD, JSON.stringify(orders)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  const ended = once(child, "close").then(([code, signal]) => (signal ?? code) as number | string);
  return {
    lines,
    ended,
    async printed(count) {
      const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
      while (lines.length < count && !isOver()) await pause(5);
      if (isOver()) await ended;
      assert.ok(lines.length >= count, `${act} ended after ${lines.length} lines`);
    },
    async kill() {
      child.kill("SIGKILL");
      assert.equal(await ended, "SIGKILL", `${act} ended by itself`);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

describe("a backup beside processes that write", () => {
  test("has every memory that was acknowledged before it began, each of them readable, and a whole log", async () => {
    await using life = await openBackedUp();
    await tell(life.oubli, "ada", "first");
    await using bob = start(life, { act: "write", who: "bob" });
    await using cleo = start(life, { act: "write", who: "cleo" });
    const writers = [bob, cleo];
    const taken: (readonly string[])[] = [];
    for (let round = 0; round < 4; round += 1) {
      for (const writer of writers) await writer.printed(writer.lines.length + 16);
      taken.push(writers.flatMap(({ lines }) => lines.slice(1)));
      await life.oubli.backup(join(life.backups, `round-${round}`));
    }
    for (const writer of writers) await writer.kill();
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

describe("killed at any step", () => {
  test("a backup leaves no copy of the keys behind, and nothing that is taken for a backup", async () => {
    await using life = await openBackedUp();
    await tell(life.oubli, "ada", ...Array.from({ length: 300 }, (_, n) => `memory ${n}`));
    await using unharmed = start(life, { act: "backup" });
    await unharmed.printed(3);
    await unharmed.kill();
    rmSync(life.backups, { recursive: true });
    const [opened, first, second] = unharmed.lines.map(Number) as [number, number, number];
    let [whole, partial] = [0, 0];
    for (let round = 0; round < 12; round += 1) {
      // Every third one gets a whole backup done before it dies in the next.
      const [from, to] = round % 3 === 0 ? [first, second] : [opened, first];
      const diesAt = from + Math.ceil(((to - from) * (round + 0.5)) / 12);
      assert.equal(await start(life, { act: "backup", diesAt }).ended, "SIGKILL");
      for (const name of existsSync(life.backups) ? readdirSync(life.backups) : []) {
        const complete = existsSync(join(life.backups, name, "manifest.note"));
        if (complete) whole += 1;
        else partial += 1;
        if (!complete) rmSync(join(life.backups, name), { recursive: true });
      }
    }
    assert.ok(whole > 0 && partial > 0, `${whole} whole, ${partial} partial`);
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
      const restoreAndLook = async (diesAt?: number): Promise<Child> => {
        const child = start(life, { act: "restore", ...(diesAt && { diesAt }) });
        assert.ok(["SIGKILL", 0].includes(await child.ended));
        await life.medium.settled();
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
        return child;
      };
      const unharmed = await restoreAndLook();
      const [locked, steps] = unharmed.lines.map(Number) as [number, number];
      for (const [from, to] of [
        [0, locked - 1],
        [locked, steps],
      ] as const) {
        for (let kill = 0; kill < KILLS; kill += 1) {
          await restoreAndLook(from + Math.ceil(((to - from) * (kill + 0.5)) / KILLS));
        }
      }
      assert.ok(seen.empty > 0 && seen.locked > 0 && seen.done > 0, JSON.stringify(seen));
    });
  }
});

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
