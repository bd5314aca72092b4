import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { openCli } from "../cli-world.test.ts";
import { EXIT } from "../command.ts";
import { CLI_AUDITOR } from "../open.ts";
import { askAllowed } from "./ask.ts";
import { backUp, openBackup } from "./backup.ts";
import { remember, scan } from "./begin.ts";
import { correct, forget, withdraw } from "./lose.ts";
import { rotate, verifyOffline } from "./prove.ts";
import { createReport, type Claim, type Say, type StepRecord } from "./report.ts";
import { openDemo, placesIn } from "./run-demo.ts";
import { MARA } from "./scenario.ts";
import type { DemoWorld } from "./world.ts";

interface Told {
  readonly failed: number;
  readonly held: number;
  readonly steps: readonly StepRecord[];
}

describe("the demo", () => {
  test("claims nothing that it did not check, and all of it holds", async () => {
    await using cli = await openCli();
    const ran = await cli.oubli("demo", "--json");
    const { failed, held, steps } = ran.json<Told>();
    assert.deepEqual(
      steps.flatMap(({ claims }) => claims).filter((claim) => !claim.held),
      [],
    );
    assert.equal(ran.exit, EXIT.done);
    assert.equal(failed, 0);
    assert.ok(held >= 28);
    for (const { title, claims } of steps) assert.ok(claims.length > 0, title);
    assert.deepEqual(await readdir(cli.folder), [], "it works in a folder of its own");
  });

  test("leaves what it made where it was told to, and works in no used folder", async () => {
    await using cli = await openCli();
    assert.equal((await cli.oubli("demo", "--dir", "here")).exit, EXIT.done);
    const left = await readdir(cli.path("here"));
    assert.deepEqual(left, ["backup", "exported", "oubli-data", "oubli-root"]);
    const again = await cli.oubli("demo", "--dir", "here");
    assert.equal(again.exit, EXIT.error);
    assert.equal(again.err, "FILE: --dir names a folder that is not empty");
  });

  test("does the same with conversations from a file, one person each", async () => {
    await using cli = await openCli();
    await writeFile(cli.path("people.jsonl"), people(3).join("\n"));
    const ran = await cli.oubli("demo", "--from", "people.jsonl", "--json");
    assert.equal(ran.exit, EXIT.done, ran.out);
    const { steps } = ran.json<Told>();
    assert.match(steps[1]!.claims[0]!.text, /^24 turns of 6 sessions are remembered$/);
  });

  test("does not pass over a line that it cannot read", async () => {
    await using cli = await openCli();
    await writeFile(cli.path("people.jsonl"), [...people(1), "{oops"].join("\n"));
    const ran = await cli.oubli("demo", "--from", "people.jsonl", "--json");
    assert.equal(ran.exit, EXIT.failed);
    const [claim] = ran.json<Told>().steps[1]!.claims;
    assert.equal(claim!.held, false);
  });

  test("the conversation that ships has about forty turns in four sessions", async () => {
    const lines = (await readFile(MARA.file, "utf8")).trim().split("\n");
    const turns = lines.map((line) => (JSON.parse(line) as { turns: unknown[] }).turns.length);
    assert.equal(turns.length, 4);
    assert.equal(
      turns.reduce((sum, one) => sum + one),
      43,
    );
  });
});

// Method: a real demo store each time, in which one thing is not as the demo claims.
describe("a claim of the demo that is not true fails", () => {
  test("a memory is still on the disk", async () => {
    await using demo = await openWorld();
    const texts = demo.world.people[0]!.stored.map(({ content }) => content);
    assert.equal((await scan(demo.world.places, texts)).clean, true);
    await writeFile(join(demo.world.places.data, "trace.log"), `> ${texts[9]!}\n`);
    const found = await scan(demo.world.places, texts);
    assert.equal(found.clean, false);
    assert.match(found.said, /^1 hit for \d+ of \d+ texts \(others too short\) in /);
  });

  test("an answer has what another purpose was told", async () => {
    await using demo = await openWorld();
    const [person] = demo.world.people;
    const session = person!.subject.session({ purpose: "support" });
    demo.lie({ session: () => session });
    assert.deepEqual(heldOf(await demo.claims(askAllowed)), [false, true]);
  });

  test("forgetting forgot nothing", async () => {
    await using demo = await openWorld();
    const { subject } = demo.world.people[0]!;
    const other = demo.world.people[0]!.stored[0]!.node;
    demo.lie({ forget: () => subject.forget(other) });
    const held = heldOf(await demo.claims(forget));
    assert.deepEqual(held.slice(0, 2), [false, false]);
  });

  test("correcting corrected nothing", async () => {
    await using demo = await openWorld();
    const { subject, stored } = demo.world.people[0]!;
    demo.lie({ correct: () => subject.correct(stored[0]!.node, "Another memory altogether.") });
    assert.deepEqual(heldOf(await demo.claims(correct)), [false]);
  });

  test("withdrawing erased nothing", async () => {
    await using demo = await openWorld();
    const { consent } = demo.world.people[0]!.subject;
    const keep = (given: Parameters<typeof consent.withdraw>[0]) =>
      consent.withdraw(given, { keepOn: "legal-claims" });
    demo.lie({ consent: { ...consent, withdraw: keep } });
    assert.equal(heldOf(await demo.claims(withdraw))[0], false);
  });

  test("the epoch never ended: the backup's own keys still open", async () => {
    await using demo = await openWorld();
    assert.deepEqual(heldOf(await demo.claims(backUp)), [true]);
    await demo.claims(forget);
    assert.deepEqual(heldOf(await demo.claims(openBackup)), [true, true, false]);
    await demo.claims(rotate);
    assert.deepEqual(heldOf(await demo.claims(openBackup)), [true, true, true]);
  });

  test("nothing was erased: the backup opens in full", async () => {
    await using demo = await openWorld();
    await demo.claims(backUp);
    const [person] = demo.world.people;
    person!.gone.add(person!.stored[3]!.node);
    assert.equal(heldOf(await demo.claims(openBackup))[0], false);
  });

  test("a certificate is another's", async () => {
    await using demo = await openWorld();
    await demo.claims(forget);
    const [certificate] = demo.world.certificates;
    const key = demo.world.opened.oubli.audit.verifierKey("access");
    demo.world.certificates[0] = { ...certificate!, verifierKey: key };
    assert.deepEqual(heldOf(await demo.claims(verifyOffline)), [true, false, true]);
  });

  test("a log that has entries is not in the export", async () => {
    await using demo = await openWorld();
    await demo.claims(forget);
    const { oubli } = demo.world.opened;
    const { audit } = oubli.as(CLI_AUDITOR);
    const lost = async (folder: string) => {
      const files = await audit.export(folder);
      await rm(join(folder, "access"), { recursive: true });
      return files;
    };
    const lying = { ...oubli, as: () => ({ ...oubli, audit: { ...audit, export: lost } }) };
    const world = { ...demo.world, opened: { ...demo.world.opened, oubli: lying } };
    const claims: Claim[] = [];
    await verifyOffline(world, sayTo(claims));
    assert.deepEqual(heldOf(claims), [false, true, true]);
  });

  test("and a failed claim is shown, and counted", async () => {
    const lines: string[] = [];
    const terminal = {
      print: (line: string) => lines.push(line),
      style: (_: unknown, text: string) => text,
    };
    const cli = { terminal, settings: { json: false } } as unknown as Parameters<
      typeof createReport
    >[0];
    const report = createReport(cli);
    await report.step("A step", async (say) => say.check(false, "the moon is cheese"));
    assert.ok(lines.includes("    ✗ FAILED: the moon is cheese"));
    assert.equal(report.steps[0]!.claims[0]!.held, false);
  });
});

interface OpenDemo extends AsyncDisposable {
  readonly world: DemoWorld;
  claims(step: (world: DemoWorld, say: Say) => Promise<void>): Promise<readonly Claim[]>;
  /** Replaces parts of the one person's handle. */
  lie(parts: object): void;
}

async function openWorld(): Promise<OpenDemo> {
  const folder = await mkdtemp(join(tmpdir(), "oubli-demo-test-"));
  const places = placesIn(folder);
  await mkdir(places.exported);
  const opened = await openDemo(MARA, places);
  const people = await remember(MARA, opened, sayTo([]), () => {});
  const world = { scenario: MARA, places, opened, people: [...people], certificates: [] };
  return {
    world,
    async claims(step) {
      const claims: Claim[] = [];
      await step(world, sayTo(claims));
      return claims;
    },
    lie(parts) {
      const [person] = world.people;
      world.people[0] = { ...person!, subject: { ...person!.subject, ...parts } };
    },
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

function sayTo(claims: Claim[]): Say {
  return { check: (held, text) => void claims.push({ held, text }), show: () => {} };
}

function heldOf(claims: readonly Claim[]): readonly boolean[] {
  return claims.map(({ held }) => held);
}

/** Two sessions each, with texts that are long enough to be looked for. */
function people(many: number): string[] {
  return Array.from({ length: many * 2 }, (_, at) => {
    const [subject, session] = [`person-${Math.floor(at / 2)}`, `session-${at % 2}`];
    const turns = ["harbour", "orchard", "library", "workshop"].map((place, turn) => ({
      id: `${session}:${turn}`,
      speaker: turn % 2 === 0 ? "Robin" : "Kim",
      text: `In ${session} of ${subject}, number ${turn}, we spoke about the ${place} for a while.`,
    }));
    return JSON.stringify({ subject, session, time: "2025-01-05T10:00:00", turns });
  });
}
