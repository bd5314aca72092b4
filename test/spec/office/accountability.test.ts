import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { recordHtml } from "#accountability";
import type { ConfigInput } from "#policy";
import { defineSource, type Outcome } from "#sources";

import { withoutRandom } from "../../support/without-random.ts";
import {
  AUDITOR,
  entriesOf,
  OFFICER,
  openOnDisk,
  openPeople,
  PLAN,
  PURPOSES,
  TEA,
} from "../world.ts";

const CLINIC = {
  name: "Clinic <Ltd>",
  contact: { email: "privacy@clinic.example" },
  people: ["patients"],
} as const;

const MODEL = {
  name: "Model Ltd",
  role: "processor",
  region: "model-land",
  country: "US",
  dpa: { signed: "2025-01-02", document: "DPA-1" },
  trainsOnData: false,
  retention: "30 days",
  purposes: ["support"],
  categories: ["account", "preference"],
} as const;

const CONFIG = {
  controller: CLINIC,
  processors: { model: MODEL },
  transfers: [
    {
      from: "default",
      to: "model-land",
      mechanism: "scc",
      document: "SCC-4",
      approver: "kim",
      expires: "2027-01-01",
    },
  ],
  retention: { account: "P1Y" },
} as const satisfies ConfigInput;

async function openOffice(config: ConfigInput = CONFIG) {
  const world = await openPeople(config);
  const chat = world.ada.session({ purpose: "support" });
  await chat.remember(PLAN, { category: "account" });
  await chat.remember(TEA, { category: "preference" });
  await world.bob.session({ purpose: "support" }).remember(TEA, { category: "preference" });
  const { accountability } = world.oubli.as(OFFICER);
  return { ...world, accountability, [Symbol.asyncDispose]: () => world.oubli.close() };
}

describe("GDPR Art. 30: the record of processing is read from the live configuration", () => {
  test("it names controller, purposes with their grounds, categories, recipients, transfers and time limits", async () => {
    await using world = await openOffice();
    const record = await world.accountability.record();
    assert.deepEqual(record.controller, CLINIC);
    const support = record.activities.find(({ purpose }) => purpose === "support")!;
    assert.equal(support.article, "GDPR Art. 6(1)(b)");
    assert.deepEqual(support.people, ["patients"]);
    assert.deepEqual(support.recipients, ["model"]);
    assert.equal(support.items, 3);
    assert.deepEqual(
      support.categories.map(({ category, dpv, fides }) => [category, dpv, fides]),
      [
        ["account", null, "user.account"],
        ["preference", "pd:Preference", "user.demographic.profile"],
      ],
    );
    assert.equal(record.recipients[0]?.dpa.state, "in-force");
    assert.equal(record.transfers[0]?.mechanism, "scc");
    const account = record.categories.find(({ category }) => category === "account")!;
    assert.deepEqual(
      account.ends.find(({ purpose }) => purpose === "billing"),
      { purpose: "billing", retention: "P3Y", most: "P1Y", justification: null },
    );
    assert.deepEqual(record.missing, []);
    assert.equal(record.asProcessor, null);
    assert.deepEqual(record.systems, []);
  });

  test("only who runs this for another controller is a processor", async () => {
    await using world = await openOffice();
    const own = await world.accountability.record();
    assert.ok(!recordHtml(own).includes("As a processor"));
    const { accountability } = world.oubli.as(OFFICER).tenant("acme");
    const forAcme = await accountability.record();
    assert.equal(forAcme.asProcessor?.onBehalfOf, "acme");
    assert.match(recordHtml(forAcme), /As a processor/);
  });

  test("its security measures are read from the stores: log, keys, backups", async () => {
    await using world = await openOffice();
    const before = measures(await world.accountability.record());
    await world.oubli.rotate();
    const after = measures(await world.accountability.record());
    assert.equal(before["erasure"]!["epochsDestroyed"], 0);
    assert.equal(after["erasure"]!["epochsDestroyed"], 1);
    assert.ok(Number(after["audit-log"]!["entries"]) > Number(before["audit-log"]!["entries"]));
    assert.equal(before["hosts"]!["memory"], "self");
  });

  test("a contract that ended is shown as one, and what nobody configured is named", async () => {
    const ended = { ...MODEL, dpa: { ...MODEL.dpa, expires: "2025-06-01" } };
    const { purposes: _, ...open } = ended;
    const purposes = { ...PURPOSES, loose: {} };
    await using world = await openOffice({ purposes, processors: { model: open } });
    const record = await world.accountability.record();
    assert.equal(record.recipients[0]?.dpa.state, "not-in-force");
    assert.deepEqual(record.missing, [
      "controller",
      "purposes.loose.basis",
      "purposes.loose.categories",
      "processors.model.purposes",
    ]);
  });

  test("the application's other systems are in it, as they are declared", async () => {
    const shop = defineSource({ name: "shop", tier: "primary", backupsEnd: "P30D", erase });
    await using world = await openPeople(CONFIG, { sources: [shop] });
    const { systems } = await world.oubli.as(OFFICER).accountability.record();
    assert.deepEqual(
      systems.map(({ name, tier, backupsEnd, can }) => ({ name, tier, backupsEnd, can })),
      [{ name: "shop", tier: "primary", backupsEnd: "P30D", can: ["erase"] }],
    );
  });

  test("that it was made is in the ledger, with counts alone", async () => {
    await using world = await openOffice();
    await world.accountability.record();
    const made = (await entriesOf(world.oubli, "ledger")).find(({ t }) => t === "record.made")!;
    const { activities, recipients, missing, items } = made;
    assert.deepEqual(
      { activities, recipients, missing, items },
      {
        activities: Object.keys(world.oubli.policy.purposes).length,
        recipients: 1,
        missing: 0,
        items: 3,
      },
    );
  });

  test("it is for the privacy officer and the auditor; anybody else is refused, in the log", async () => {
    await using world = await openOffice();
    await world.oubli.as(AUDITOR).accountability.record();
    for (const ask of ["record", "inventory", "drift"] as const) {
      await assert.rejects(world.oubli.accountability[ask](), { code: "POLICY_REFUSED" });
    }
    const denied = (await entriesOf(world.oubli, "access")).filter(({ t }) => t === "deny");
    assert.deepEqual(
      denied.map((entry) => entry["verb"]),
      ["record", "inventory", "drift"],
    );
  });
});

describe("the inventory counts what there is, and names nobody", () => {
  test("by category and by purpose, with the first end", async () => {
    await using world = await openOffice();
    const chat = world.bob.session({ purpose: "support" });
    await chat.remember("and coffee", { category: "preference" });
    const held = await world.accountability.inventory();
    assert.equal(held.nodes, 4);
    assert.deepEqual(
      held.byCategory.map(({ category, nodes, peopleAtLeast }) => [category, nodes, peopleAtLeast]),
      [
        ["account", 1, 1],
        ["preference", 3, 2],
      ],
    );
    assert.deepEqual(
      held.byPurpose.map(({ purpose, nodes }) => [purpose, nodes]),
      [["support", 4]],
    );
    assert.equal(held.byCategory[0]?.firstEnd, Date.UTC(2027, 0, 1));
    assert.ok(!JSON.stringify(held).includes("sub_"));
  });

  test("what was erased is in it no more", async () => {
    await using world = await openOffice();
    await world.ada.erase();
    assert.equal((await world.accountability.inventory()).nodes, 1);
  });
});

describe("what a privacy notice says is generated, and drift from the published one is named", () => {
  test("what, why, how long and who gets it come from the configuration in force", async () => {
    await using world = await openOffice();
    const { purposes, recipients, retention, transfers } = world.accountability.notice();
    assert.deepEqual(purposes["support"], {
      basis: "contract",
      condition: null,
      categories: ["account", "preference"],
      retention: "P2Y",
      retentionJustification: null,
      use: "quote",
      recipients: ["model"],
    });
    assert.equal(recipients["model"]?.name, "Model Ltd");
    assert.deepEqual(retention, { account: "P1Y" });
    assert.deepEqual(transfers, { "default model-land": "scc" });
  });

  test("once published, it has no difference from what is live", async () => {
    await using world = await openOffice();
    assert.equal((await world.accountability.drift()).published, null);
    await world.accountability.publishNotice({ version: "2026-01" });
    const { published, digest, differences } = await world.accountability.drift();
    assert.deepEqual(differences, []);
    assert.equal(published?.version, "2026-01");
    assert.equal(published?.digest, digest);
  });

  test("each change of the configuration is named: what was added, removed and changed", async () => {
    await using place = await openOnDisk(CONFIG_ON_DISK);
    await place.oubli.as(OFFICER).accountability.publishNotice({ version: "2026-01" });
    const changed = {
      ...CONFIG_ON_DISK,
      controller: { ...CLINIC, name: "Clinic Group" },
      purposes: {
        ...PURPOSES,
        support: { ...PURPOSES.support, retention: "P5Y" },
        research: { basis: "contract", categories: ["other"], retention: "P1Y" },
      },
      retention: {},
    } as const;
    const { openOubli } = await import("#engine");
    await place.oubli.close();
    await using next = await openOubli({ regions: place.regions, ...changed }, { sweep: "manual" });
    const { differences } = await next.as(OFFICER).accountability.drift();
    const said = differences.map(({ what, change, published, live }) => [
      what,
      change,
      what.startsWith("controller") ? "-" : published,
      what.startsWith("controller") ? "-" : live,
    ]);
    assert.deepEqual(
      said.filter(([what]) => !String(what).startsWith("purposes.research")),
      [
        ["controller.name", "changed", "-", "-"],
        ["purposes.support.retention", "changed", "P2Y", "P5Y"],
        ["retention.account", "removed", "P1Y", null],
      ],
    );
    assert.ok(
      said.some(([what, change]) => what === "purposes.research.basis" && change === "added"),
    );
  });

  test("the ledger keeps codes and digests of it: no name and no address", async () => {
    await using world = await openOffice();
    await world.accountability.publishNotice({ version: "2026-01" });
    const entry = (await entriesOf(world.oubli, "ledger")).find(
      ({ t }) => t === "notice.published",
    );
    const says = entry!["says"] as Record<string, unknown>;
    assert.equal(says["purposes.support.retention"], "P2Y");
    assert.match(String(says["controller.name"]), /^sha256-[0-9a-f]{64}$/);
    assert.ok(!JSON.stringify(entry).includes("clinic"));
    assert.ok(!JSON.stringify(entry).includes("Clinic"));
  });

  test("a notice of several hundred purposes is published whole, and compared whole", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 400 }, (_, at) => [
        `purpose-with-a-long-name-${at}`,
        {
          basis: "contract",
          categories: ["account", "preference", "contact"],
          retention: "P1Y",
        } as const,
      ]),
    );
    await using world = await openPeople({ purposes: { ...PURPOSES, ...many } });
    const { accountability } = world.oubli.as(OFFICER);
    await accountability.publishNotice({ version: "2026-01" });
    assert.deepEqual((await accountability.drift()).differences, []);
    const entries = await entriesOf(world.oubli, "ledger");
    assert.ok(entries.filter(({ t }) => t === "notice.published").length > 1);
  });

  test("only a listed version is taken, and only from the privacy officer", async () => {
    await using world = await openOffice();
    const app = world.oubli.accountability;
    await assert.rejects(app.publishNotice({ version: "2026-01" }), { code: "POLICY_REFUSED" });
    for (const version of ["ada-lovelace", "", "a b"]) {
      await assert.rejects(world.accountability.publishNotice({ version }), {
        code: "INPUT_INVALID",
      });
    }
    assert.equal((await world.accountability.drift()).published, null);
  });
});

describe("11 CCR 7101: the log of requests is kept for 24 months", () => {
  const REQUEST = { manner: "form", identity: "session", person: "ada", right: "erasure" } as const;

  test("it says what was asked, how and when, and what became of it; nobody is named", async () => {
    await using world = await openOffice();
    const { request } = await world.oubli.requests.receive(REQUEST);
    world.clock.advance({ days: 2 });
    await world.oubli.as(OFFICER).requests.advance(request.request);
    const log = await world.accountability.requestLog();
    const [only] = log.requests;
    assert.deepEqual(
      { ...only, request: null, dueAt: null },
      {
        request: null,
        dueAt: null,
        receivedAt: Date.UTC(2026, 0, 1),
        nature: "erasure",
        manner: "form",
        answeredAt: Date.UTC(2026, 0, 3),
        response: "completed",
        basis: null,
      },
    );
    assert.deepEqual(log.counts, { erasure: { completed: 1 } });
    assert.ok(!withoutRandom(JSON.stringify(log)).includes("ada"));
  });

  test("what is older than 24 months is not in it, nor what another controller was asked", async () => {
    await using world = await openOffice();
    await world.oubli.requests.receive(REQUEST);
    const other = world.oubli.tenant("other").as(OFFICER).accountability;
    assert.deepEqual((await other.requestLog()).requests, []);
    world.clock.advance({ days: 730 });
    assert.equal((await world.accountability.requestLog()).requests.length, 1);
    world.clock.advance({ days: 2 });
    assert.equal((await world.accountability.requestLog()).requests.length, 0);
  });

  test("it is for the privacy officer and the auditor", async () => {
    await using world = await openOffice();
    const asked = world.oubli.accountability.requestLog();
    await assert.rejects(asked, { code: "POLICY_REFUSED" });
  });
});

const erase = async (): Promise<Outcome> => ({
  status: "done",
  recordsDeleted: 0,
  collections: [],
});

const CONFIG_ON_DISK = { controller: CLINIC, retention: { account: "P1Y" } } as const;

function measures(record: { measures: readonly { measure: string; facts: object }[] }) {
  return Object.fromEntries(
    record.measures.map(({ measure, facts }) => [measure, facts as Record<string, unknown>]),
  );
}
