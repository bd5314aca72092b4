import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { closeCase, openCase } from "#cases";
import { openOubli, worldOf, type Oubli } from "#engine";
import { word, type EpochMs, type SubjectId } from "#kernel";

import { retentionTurn } from "../../../src/engine/retention-schedule.ts";
import { memoryRegion } from "../../proofs/support/region.ts";
import { until } from "../../support/until.ts";
import { entriesOf, OFFICER, openPeople } from "../world.ts";
import { appTable, keeper } from "./support/app-table.ts";

// Goal: retention holds over several regions and processes, by itself, and for the office's own
// papers.

const QUICK = { pauseMs: 0, anomaly: { share: 1, factor: 1_000_000 } } as const;

describe("Retention in several regions", () => {
  const regionsIn = (folder: string) => {
    const at = (name: string, jurisdictions: string[]) => ({
      jurisdictions,
      store: `sqlite:${folder}/${name}`,
      root: `${folder}/${name}-root`,
    });
    return { eu: at("eu", ["EEA"]), us: at("us", ["US"]) };
  };

  test("a source of every region passes over whoever is on hold in any, and waits for one that is away", async () => {
    using table = appTable();
    const folder = mkdtempSync(join(tmpdir(), "oubli-retention-"));
    const options = {
      sources: [keeper([table.rule()])],
      retention: QUICK,
      sweep: "manual",
      actor: OFFICER,
    } as const;
    const config = { regions: regionsIn(folder) };
    const sweepEu = async (oubli: Oubli) => {
      const { rules } = await oubli.region("eu").retention.run({ rules: ["crm.session-logs"] });
      return [rules[0]!.state, rules[0]!.reason];
    };
    const both = await openOubli(config, options);
    const ada = await both.subject("ada", { jurisdiction: "US" });
    const hold = await ada.hold({ case: "24 Civ. 7", reason: "litigation" });
    table.add("ada", [100], Date.now());
    table.add("bob", [100], Date.now());
    assert.deepEqual(await sweepEu(both), ["done", null]);
    assert.deepEqual(table.people(), ["ada"]);

    const peers = worldOf(both.region("eu")).peers;
    const us = peers.get(word("us"))!;
    peers.delete(word("us"));
    assert.deepEqual(await sweepEu(both), ["held", "region-unavailable"]);
    peers.set(word("us"), us);
    await ada.release(hold.id);
    assert.deepEqual(await sweepEu(both), ["done", null]);
    assert.deepEqual(table.people(), []);
    await both.close();
    rmSync(folder, { recursive: true });
  });
});

describe("The schedule of retention", () => {
  test("of several processes one starts a turn's run, and the next turn has a run of its own", async () => {
    using table = appTable();
    const region = memoryRegion();
    const sources = [keeper([table.rule()])];
    const open = async () => worldOf((await region.open({ sources })).oubli);
    const [one, two] = [await open(), await open()];
    table.add("ada", [100, 100], region.clock.now());
    const tenant = word("default");
    await Promise.all([retentionTurn(one), retentionTurn(two)]);
    await retentionTurn(two);
    const runs = () => one.cases.list({ tenant, kind: "retention", limit: 9 });
    assert.equal((await runs()).length, 1);
    assert.equal(table.count(), 0);
    region.clock.advance(60_000);
    await Promise.all([retentionTurn(one), retentionTurn(two)]);
    assert.deepEqual(
      (await runs()).map(({ closedAt }) => closedAt !== null),
      [true, true],
    );
  });

  test("a process that is opened with a schedule starts a run when its time comes", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: START });
    using table = appTable();
    table.add("ada", [100], START);
    const region = memoryRegion();
    const { oubli } = await region.open({
      sources: [keeper([table.rule()])],
      retention: { schedule: "17 3 * * *" },
    });
    context.mock.timers.tick(HOUR_MS);
    await until(
      () => table.count() === 0,
      () => "what is over is gone",
    );
    await oubli.close();
  });
});

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 1, 2, 30);

describe("The office's own cases", () => {
  test("a case whose time is over goes with the next sweep, key and all; one of a person on hold stays", async () => {
    await using world = await openPeople();
    const engine = worldOf(world.oubli.as(OFFICER));
    const actor = { kind: "system", id: word("oubli"), roles: [] } as const;
    const close = async (subject: SubjectId) => {
      const opened = await openCase(engine, {
        kind: "request",
        tenant: word("default"),
        actor,
        subject,
        state: word("received"),
        file: "a letter",
        entry: { t: "retention.batch" },
      });
      const endsAt = (world.clock.now() + HOUR_MS) as EpochMs;
      await closeCase(engine, opened, { actor, endsAt, entry: { t: "retention.batch" } });
      return opened.id;
    };
    const [adas, bobs] = [await close(world.ada.id), await close(world.bob.id)];
    const hold = await world.officer.hold({ case: "7 O 12/26", reason: "litigation" });
    assert.equal((await world.oubli.sweep()).cases, 0);
    world.clock.advance({ days: 1 });
    assert.equal((await world.oubli.sweep()).cases, 1);
    const left = async () => engine.keyring.casesWithKey(world.clock.now() as EpochMs, PAGE);
    assert.deepEqual(await left(), [adas]);
    const entries = await entriesOf(world.oubli, "ledger");
    const told = entries.filter(({ t }) => t === "retention.batch").at(-1);
    assert.partialDeepStrictEqual(told, { cases: [bobs] });

    await world.officer.release(hold.id);
    assert.equal((await world.oubli.sweep()).cases, 1);
    assert.deepEqual(await left(), []);
    assert.equal(await engine.cases.load(word("default"), adas), null);
  });
});

const PAGE = { after: null, limit: 9 } as const;
