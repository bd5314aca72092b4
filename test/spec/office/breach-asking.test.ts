import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { openOubli, openTestOubli } from "#engine";

import { MODEL } from "../processors.ts";
import { AUDITOR, entriesOf } from "../world.ts";
import { DAY, NOW, openOffice, outbox, report } from "./breach-world.ts";

describe("the scope of an incident", () => {
  const told = async (office: Awaited<ReturnType<typeof openOffice>>) => {
    const chat = office.ada.session({ purpose: "support" });
    await chat.remember("likes green tea", { category: "preference" });
    await chat.recall("tea");
  };

  test("says when retention has ended entries that would have counted", async () => {
    await using office = await openOffice();
    await told(office);
    const before = await office.breach.scope({ actor: "app" });
    assert.deepEqual([before.people, before.items, before.complete], [1, 1, true]);
    // Entries end in bundles of 256.
    for (let times = 0; times < 256; times += 1) await office.ada.self().list({ limit: 1 });
    office.clock.advance({ days: 4 * 366 });
    await office.oubli.sweep();
    const { items, pruned, complete } = await office.breach.scope({ actor: "app" });
    assert.deepEqual([items, complete], [0, false]);
    assert.ok(pruned >= 1);
  });

  test("counts what a package held for whoever opened it by its link, when it was opened", async () => {
    const packages = await mkdtemp(join(tmpdir(), "oubli-packages-"));
    await using office = await openOffice({}, [], { packages });
    await told(office);
    await office.bob.session({ purpose: "support" }).remember("likes coffee", {
      category: "preference",
    });
    const { link } = await office.ada.self().keepPackage();
    office.clock.advance({ days: 1 });
    await office.ada.session({ purpose: "support" }).remember("told after the package", {
      category: "preference",
    });
    const from = office.clock.now();
    await assert.rejects(office.breach.scope({ actor: "thief" }), { code: "NOT_FOUND" });
    const thief = office.oubli.as({ kind: "staff", id: "thief", roles: [] });
    const { bytes } = await thief.openPackage(link);
    for await (const _ of bytes);

    for (const asked of [{ from }, { actor: "thief" }] as const) {
      const { people, items, complete } = await office.breach.scope(asked);
      assert.deepEqual([people, items, complete], [1, 1, true]);
    }
    assert.equal((await office.breach.scope({ from: from + DAY })).people, 0);
    await rm(packages, { recursive: true, force: true });
  });

  test("of what is derived from several kinds names each of them", async () => {
    await using office = await openOffice();
    const chat = office.ada.session({ purpose: "support" });
    const { nodes } = await chat.remember([
      { role: "user", content: "likes tea", category: "preference" },
      { role: "user", content: "is on the yearly plan", category: "account" },
    ]);
    await chat.derive(nodes, () => "a tea drinker on the yearly plan");
    await chat.recall("drinker");
    const { categories } = await office.breach.scope({ actor: "app" });
    assert.deepEqual(
      categories.map(({ category, items }) => [category, items]),
      [
        ["account", 2],
        ["preference", 2],
      ],
    );
  });

  test("leaves other controllers' people out", async () => {
    await using office = await openOffice();
    await told(office);
    const other = office.oubli.tenant("other");
    const eve = await other.subject("eve");
    const chat = eve.session({ purpose: "support" });
    await chat.remember("likes tea, too", { category: "preference" });
    await chat.recall("tea");
    assert.equal((await office.breach.scope({ actor: "app" })).people, 1);
    assert.equal((await office.breach.scope({ region: office.ada.region })).people, 1);
  });

  test("counts whose question was given to a processor, though it is no memory", async () => {
    const asked: string[] = [];
    const processors = { vectors: MODEL };
    const embedder = {
      name: "far",
      processor: "vectors",
      embed: async (texts: readonly string[]) => {
        asked.push(...texts);
        return texts.map((text) => Float32Array.of(text.length, 1));
      },
    };
    await using office = await openOffice({ processors }, [], { embedder });
    await office.ada.session({ purpose: "support" }).recall("how do I feel");
    const { people, items, questions } = await office.breach.scope({ actor: "app" });
    assert.deepEqual([people, items, questions, asked.length], [1, 0, 1, 1]);
  });
});

describe("who may ask", () => {
  test("the auditor reads and does not act; the application does neither; refusals are in the log", async () => {
    await using office = await openOffice();
    const { id } = await office.breach.open(report());
    const auditor = office.oubli.as(AUDITOR).breach;
    assert.equal((await auditor.list()).incidents.length, 1);
    assert.equal((await auditor.show(id)).id, id);
    const refused = { code: "POLICY_REFUSED" };
    await assert.rejects(auditor.open(report()), refused);
    await assert.rejects(auditor.update(id, { phase: "x" }), refused);
    await assert.rejects(office.oubli.breach.list(), refused);
    const denied = (await entriesOf(office.oubli, "access")).filter(({ t }) => t === "deny");
    assert.deepEqual(
      denied.map(({ verb }) => verb),
      ["breach-open", "breach-update", "breach-list"],
    );
  });

  test("another controller's incident is not found", async () => {
    await using office = await openOffice();
    const { id } = await office.breach.open(report());
    const other = office.oubli.tenant("other").as({
      kind: "staff",
      id: "o",
      roles: ["privacy-officer"],
    }).breach;
    await assert.rejects(other.show(id), { code: "NOT_FOUND" });
    assert.deepEqual((await other.list()).incidents, []);
  });
});

describe("bad input", () => {
  for (const [what, change, field] of [
    ["a detection before 1970", { detectedAt: -1 }, "report.detectedAt"],
    ["a detection to come", { detectedAt: NOW + DAY }, "report.detectedAt"],
    ["a knowledge to come", { awareAt: NOW + DAY }, "report.awareAt"],
    ["an awareness in microseconds", { awareAt: NOW * 1000 }, "report.awareAt"],
    ["a discovery beyond all calendars", { discoveredAt: 9e15 }, "report.discoveredAt"],
    ["a beginning to come", { began: NOW + DAY }, "report.began"],
    [
      "a delay beyond all calendars",
      { delay: { asked: "in-writing", until: NOW * 1000 } },
      "report.delay.until",
    ],
    ["nobody who is known here", { affectedUsers: ["ada", "zoe"] }, "report.affectedUsers.1"],
    ["no such category", { dataCategories: ["shoes"] }, "report.dataCategories.0"],
    ["no such severity", { severity: "awful" }, "report.severity"],
    ["another region", { scope: { region: "mars" } }, "report.scope.region"],
    ["a scope of nothing", { scope: {} }, "report.scope"],
    ["a window that ends first", { scope: { from: 2, until: 1 } }, "report.scope.until"],
    ["a State that is none", { residents: { Ada: 1 } }, "report.residents"],
  ] as const) {
    test(`${what} is refused, and nothing is in the register`, async () => {
      await using office = await openOffice();
      await assert.rejects(office.breach.open(report(change as never)), ({ code, details }) => {
        assert.equal(code, "INPUT_INVALID");
        assert.equal(details.field, field);
        return true;
      });
      assert.deepEqual((await office.breach.list()).incidents, []);
    });
  }

  test("an update of a date that no clock can start from is refused, and changes nothing", async () => {
    await using office = await openOffice();
    const { id } = await office.breach.open(report({ severity: "low" }));
    for (const change of [{ awareAt: NOW * 1000 }, { discoveredAt: NOW + DAY }]) {
      const update = office.breach.update(id, { ...change, severity: "critical" });
      await assert.rejects(update, { code: "INPUT_INVALID" });
    }
    const { severity, awareAt } = await office.breach.show(id);
    assert.deepEqual([severity, awareAt], ["low", NOW]);
  });

  test("what an update would bring is refused as the update is, and written by neither", async () => {
    await using office = await openOffice();
    const { id, severity } = await office.breach.open(report());
    const { facts, duties } = await office.breach.planUpdate(id, { severity: "critical" });
    assert.equal(facts.severity, "critical");
    assert.ok(duties.some((duty) => duty.id === "oubli.individuals"));
    for (const bad of [
      { severity: "awful" },
      { state: "suspected" },
      { affectedUsers: ["zoe"] },
      { scope: {} },
      { close: true },
    ]) {
      for (const verb of ["planUpdate", "update"] as const) {
        await assert.rejects(office.breach[verb](id, bad as never), { code: "INPUT_INVALID" });
      }
    }
    await assert.rejects(office.oubli.breach.planUpdate(id, {}), { code: "POLICY_REFUSED" });
    assert.equal((await office.breach.show(id)).severity, severity);
  });

  test("an actor whom the log does not know is not answered with nobody, and is named by its field", async () => {
    await using office = await openOffice();
    for (const [scope, message] of [
      [{ actor: "nobody" }, /field: scope\.actor/],
      [{ key: { epoch: 9 } }, /field: scope\.key\.epoch/],
    ] as const) {
      await assert.rejects(office.breach.scope(scope), { code: "NOT_FOUND", message });
    }
  });

  test("two notifiers of one name, or something that is none, open no store", async () => {
    const { notifier } = outbox();
    const twice = openTestOubli({}, { notifiers: [notifier, notifier] });
    await assert.rejects(twice, { code: "INPUT_INVALID" });
    for (const odd of [{}, { name: "a", reaches: [] }, { ...notifier, name: "Our Mail" }, null]) {
      const opening = openOubli({}, { notifiers: [odd as never] });
      await assert.rejects(opening, ({ code, details }) => {
        assert.deepEqual([code, String(details.field)], ["INPUT_INVALID", "options.notifiers.0"]);
        return true;
      });
    }
  });
});
