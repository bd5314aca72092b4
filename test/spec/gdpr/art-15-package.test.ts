import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { OubliError, word } from "#kernel";
import { ccpa, gdpr } from "#policy";
import { defineSource } from "#sources";
import { verifyPackage } from "#verify";
import { z } from "zod";

import { asGiven, recordsOf, sink, textOf } from "../../support/unzip.ts";
import { given, summaryOf, these } from "../packages.ts";
import { MODEL, openWithModel, openWithSpoiledLog, wire } from "../processors.ts";
import { AUDITOR, entriesOf, LOW, NOTICE, OFFICER, openPeople, PLAN, TEA } from "../world.ts";

// Goal: a person gets everything that is held about them, readable by people and by machines, and
// nothing that is somebody else's.
describe("GDPR Art. 15: the package", () => {
  test("a memory says why it is kept, on what basis, where it is from, who got it and until when", async () => {
    const { embedder } = wire();
    const world = await openWithModel({}, { options: { embedder: embedder("model") } });
    await using _ = world;
    await world.chat.remember([
      {
        role: "user",
        content: PLAN,
        category: "account",
        source: { system: "phone", event: "call-7" },
        metadata: { channel: "phone" },
        at: world.clock.now() - 1000,
      },
    ]);

    const { files } = await given(world.ada.self());

    const [memory] = recordsOf(files, "memories");
    const { id, vector, ...rest } = memory!;
    assert.match(String(id), /^node_/);
    assert.equal(
      Buffer.from(String(vector), "base64").length,
      26 * 4,
      "its embedding is theirs too",
    );
    assert.deepEqual(rest, {
      kind: "memory",
      revision: 1,
      content: PLAN,
      categories: ["account"],
      special: false,
      health: false,
      purposes: [{ purpose: "support", basis: "contract", condition: null }],
      role: "user",
      speaker: null,
      source: { system: "phone", event: "call-7" },
      metadata: { channel: "phone" },
      madeFrom: [],
      madeBy: null,
      conversation: 1,
      said: "2025-12-31T23:59:59.000Z",
      stored: "2026-01-01T00:00:00.000Z",
      changed: "2026-01-01T00:00:00.000Z",
      keptUntil: "2028-01-01T00:00:00.000Z",
      recipients: ["model"],
      withheld: [],
    });
  });

  test("what was inferred says from which memories", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const [plan] = (await chat.remember(PLAN, { category: "account" })).nodes;
    await chat.derive([tea!, plan!], () => "a tea drinker on a plan");

    const { files } = await given(world.ada.self());

    const made = recordsOf(files, "memories").find(({ kind }) => kind === "derived");
    assert.deepEqual(made?.["madeFrom"], [tea, plan]);
  });

  test("it holds consents, restrictions, uses, disclosures and what was asked before", async () => {
    const world = await openWithModel();
    await using _ = world;
    const evidence = { ipAddress: "192.0.2.7", userAgent: "Mozilla/5.0" };
    await world.ada.consent.grant({ purpose: "newsletter", ...NOTICE, ...evidence });
    const told = JSON.stringify(await world.ada.self().consent.history());
    assert.ok(!told.includes("192.0.2.7"), "a copy is asked for; no other answer has it");
    const [plan] = (await world.chat.remember(PLAN, { category: "account" })).nodes;
    await world.chat.disclose("model", [plan!], () => null);
    await world.ada.restrict({ ground: "accuracy-contested", purpose: "billing" });
    await world.ada.self().requests.ask({ right: "access", manner: "settings_page" });

    const { files } = await given(world.ada.self());

    const [consent] = recordsOf(files, "consents");
    assert.deepEqual(
      [consent?.["purpose"], consent?.["granted"], consent?.["evidence"]],
      ["newsletter", true, evidence],
    );
    assert.equal(recordsOf(files, "restrictions")[0]?.["ground"], "accuracy-contested");
    const [disclosure] = recordsOf(files, "disclosures");
    assert.deepEqual(
      [disclosure?.["recipient"], disclosure?.["contract"], disclosure?.["memories"]],
      ["model", MODEL.dpa.document, [plan]],
    );
    const [request] = recordsOf(files, "requests");
    assert.deepEqual([request?.["right"], request?.["closed"]], ["access", null]);
    const uses = recordsOf(files, "accesses").map(({ what, purpose }) => [what, purpose]);
    assert.deepEqual(uses.map(([what]) => what).sort(), ["disclose", "remember"]);
  });

  test("it says who answers for it, why, how long, who may receive it and what may be asked", async () => {
    const controller = {
      name: "Larkspur",
      contact: { email: "privacy@larkspur.example" },
      dpo: { name: "M. Okafor", contact: { phone: "+49 30 1" } },
    };
    const world = await openWithModel({}, { config: { controller } });
    await using _ = world;
    await world.chat.remember(PLAN, { category: "account" });

    const { files } = await given(world.ada.self());

    const about = JSON.parse(textOf(files, "data/processing.json"));
    assert.equal(about.controller.name, "Larkspur");
    assert.equal(about.officer.phone, "+49 30 1");
    const support = about.purposes.find((each: { purpose: string }) => each.purpose === "support");
    assert.deepEqual([support.basis, support.keptFor, support.memories], ["contract", "P2Y", 1]);
    assert.deepEqual(
      about.recipients.map((each: { country: string }) => each.country),
      ["US"],
    );
    const page = textOf(files, "index.html");
    for (const text of ["Larkspur", "M. Okafor", "2 years", "Complain", "a contract with you"]) {
      assert.ok(page.includes(text), text);
    }
  });

  test("every line is what its published schema declares, and no more", async () => {
    const world = await openWithModel();
    await using _ = world;
    const told = JSON.stringify(await world.ada.self().consent.history());
    assert.ok(!told.includes("192.0.2.7"), "a copy is asked for; no other answer has it");
    const [plan] = (await world.chat.remember(PLAN, { category: "account" })).nodes;
    await world.chat.disclose("model", [plan!], () => null);
    await world.ada.consent.grant({ purpose: "newsletter", ...NOTICE });
    await world.ada.restrict({ ground: "accuracy-contested" });

    const { files } = await given(world.ada.self());

    let checked = 0;
    for (const name of files.keys()) {
      const [, section] = /^schemas\/(.+)\.schema\.json$/.exec(name) ?? [];
      if (section === undefined) continue;
      const published = JSON.parse(textOf(files, name));
      assert.equal(published.additionalProperties, false, name);
      const schema = z.fromJSONSchema(published);
      const one = files.get(`data/${section}.json`);
      const records = one ? [JSON.parse(one.toString())] : recordsOf(files, section);
      for (const record of records) {
        assert.ok(schema.safeParse(record).success, name);
        assert.ok(!schema.safeParse({ ...record, undeclared: 1 }).success, name);
        checked += 1;
      }
    }
    assert.ok(checked >= 7, "a check of few records would pass for ever");
  });

  test("it holds no internal id, and no name of a controller or of staff", async () => {
    await using world = await openPeople({}, { tenant: "acme" });
    const chat = world.ada.session({ purpose: "support", thread: "t" });
    await chat.remember(TEA, { category: "preference" });
    const jane = world.oubli.as({ ...OFFICER, id: "jane-doe" });
    await (await jane.find("ada"))!.list();

    const { files } = await given(world.ada.self());

    const all = [...files].map(([name, bytes]) => `${name}\n${bytes.toString()}`).join("\n");
    const own = textOf(files, "manifest.note");
    const shown = all.replace(own, "");
    const internal = [world.ada.id, "acme", "jane-doe"];
    for (const text of internal) assert.ok(!shown.includes(text), text);
    assert.doesNotMatch(shown, /(?:sub|ses|ent|con|res|lease|hold|era|case)_[\w-]{22}/);
    const staff = recordsOf(files, "accesses").filter(({ what }) => what === "retrieve");
    assert.deepEqual(staff[0]?.["who"], {
      kind: "staff",
      name: "staff member 1",
      roles: ["privacy-officer"],
    });
  });

  test("the person and the privacy officer may have it; nobody else, and the log says so", async () => {
    await using world = await openPeople();
    await world.ada.session({ purpose: "support" }).remember(TEA, { category: "preference" });
    const auditor = (await world.oubli.as(AUDITOR).find("ada"))!;
    const asBob = world.oubli.as({ kind: "subject", id: "bob", roles: ["subject"] });

    assert.equal((await given(world.ada.self())).made.sections[0]?.records, 1);
    assert.equal((await given(world.officer)).made.sections[0]?.records, 1);
    for (const other of [world.ada, auditor, (await asBob.find("ada"))!]) {
      await assert.rejects(given(other), { code: "POLICY_REFUSED" });
    }
    const denied = (await entriesOf(world.oubli, "access")).filter(({ t }) => t === "deny");
    assert.equal(denied.length, 3);
  });

  test("every memory in it is named in the log before a byte of it is written", async () => {
    await using world = await openWithSpoiledLog();
    const { nodes } = await world.chat.remember([
      { role: "user", content: TEA, category: "preference" },
      { role: "user", content: PLAN, category: "account" },
    ]);
    const { stream, bytes } = sink();
    let refuse = true;
    world.before(async (types) => {
      if (refuse && types.includes("export")) throw new OubliError("STORE_UNAVAILABLE");
    });

    await assert.rejects(world.ada.self().package(stream), { code: "AUDIT_UNAVAILABLE" });

    assert.ok(bytes().includes("data/accesses/"), "it had begun");
    assert.ok(!bytes().includes("data/memories/"));
    refuse = false;
    await given(world.ada.self());
    const exports = (await entriesOf(world.oubli, "access")).filter(({ t }) => t === "export");
    const named = exports.flatMap((entry) => entry["nodes"] as { id: string }[]);
    assert.deepEqual(named.map(({ id }) => id).sort(), nodes.toSorted());
  });

  test("a stream that fails, fails the package, and nothing else", async () => {
    await using world = await openPeople();
    const broken = sink();
    broken.stream.destroy();
    await assert.rejects(world.ada.self().package(broken.stream), { code: "STORE_UNAVAILABLE" });
    assert.equal((await given(world.ada.self())).made.complete, true);
  });

  test("who was erased gets none, and who has nothing gets one that says so", async () => {
    await using world = await openPeople();
    const { made, files } = await given(world.bob.self());
    assert.equal(made.complete, true);
    assert.ok(textOf(files, "index.html").includes("none"));

    await world.ada.session({ purpose: "support" }).remember(TEA, { category: "preference" });
    await world.ada.erase();
    await assert.rejects(given(world.ada.self()), { code: "SUBJECT_ERASED" });
  });

  test("it is signed over every file, and whoever has it checks that alone", async () => {
    await using world = await openPeople();
    await world.ada.session({ purpose: "support" }).remember(TEA, { category: "preference" });
    const { files } = await given(world.ada.self());
    const key = (await world.oubli.as(AUDITOR).audit.verifierKey("ledger")) as string;

    const result = await verifyPackage(asGiven(files), key);
    assert.ok(result.valid);
    const changed = new Map(files).set("index.html", Buffer.from("other"));
    assert.equal((await verifyPackage(asGiven(changed), key)).valid, false);
  });

  test("a memory of health is said to be one, where no pack treats it as that too", async () => {
    await using world = await openPeople();
    const { ada } = world;
    await ada.consent.grant({ purpose: "mood", ...NOTICE, explicit: true });
    await ada.session({ purpose: "mood" }).remember(LOW, { category: "mental_health" });
    await ada.session({ purpose: "support" }).remember(TEA, { category: "preference" });
    const { files } = await given(ada.self());
    const memories = recordsOf(files, "memories").map(
      ({ content, special, health }) => [content, { special, health }] as const,
    );
    assert.deepEqual(Object.fromEntries(memories), {
      [LOW]: { special: true, health: true },
      [TEA]: { special: false, health: false },
    });
  });

  test("a use outside of a conversation says what for, and an officer's is not the application's", async () => {
    await using world = await openPeople();
    const { ada, oubli } = world;
    await ada.session({ purpose: "support" }).remember(TEA, { category: "preference" });
    const both = { ...OFFICER, roles: ["app", "privacy-officer"] } as const;
    await (await oubli.as(both).find("ada"))!.list();
    await ada.self().list();
    const { files } = await given(ada.self());
    const page = textOf(files, "report/accesses-0001.html").replaceAll(/\s+/g, " ");
    assert.ok(page.includes(", as privacy officer was shown memories, for your rights or a duty"));
    assert.match(page, /You<\/strong> was shown memories\./);
  });

  test("a system that lacks a name to find them by says so in words", async () => {
    const crm = defineSource({
      name: "crm",
      // oxlint-disable-next-line require-yield
      async *export() {
        throw new OubliError("SOURCE_FAILED", {
          source: word("crm"),
          reason: word("identifier-missing"),
        });
      },
    });
    await using world = await openPeople({}, { sources: [crm] });
    const { files } = await given(world.ada.self());
    assert.match(textOf(files, "index.html"), /it needs another name of yours/);
  });
});

describe("GDPR Art. 15(4): what is another's stays with them", () => {
  test("what somebody else said is not shown, nor what was made with it; both are said to be held", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const said = { category: "preference" } as const;
    const [own, other] = (
      await chat.remember([
        { role: "user", content: TEA, speaker: "Ada", ...said },
        { role: "user", content: "her brother's secret", speaker: "Bob", ...said },
      ])
    ).nodes;
    await chat.derive([other!], () => "made of her brother's secret");
    await chat.derive([own!, other!], () => "made of tea and her brother's secret");
    await chat.derive([own!], () => "made of her own");

    const { files } = await given(world.ada.self());

    const texts = recordsOf(files, "memories").map(({ content }) => content);
    assert.deepEqual(texts.toSorted(), [TEA, "made of her own", null, null, null].toSorted());
    for (const [name, bytes] of files) assert.ok(!bytes.includes("brother's secret"), name);
    const { sections } = summaryOf(files);
    assert.deepEqual(sections[0]?.withheld, { "third-person": 3 });
    const hidden = recordsOf(files, "memories").find(({ id }) => id === other);
    assert.deepEqual(hidden?.["withheld"], [
      { field: "content", reason: "third-person", law: "GDPR Art. 15(4)" },
    ]);
    assert.equal(hidden?.["speaker"], null);
  });

  test("a name that the person goes by is theirs", async () => {
    await using world = await openPeople();
    const said = { category: "preference", speaker: "Countess Lovelace" } as const;
    await world.ada
      .session({ purpose: "support" })
      .remember([{ role: "user", content: TEA, ...said }]);

    const { files } = await given(world.ada.self(), { names: ["countess lovelace"] });

    assert.equal(recordsOf(files, "memories")[0]?.["content"], TEA);
  });
});

describe("11 CCR 7024(d): what is never returned", () => {
  const SECRET = "my SSN is 123-45-6789";

  test("is said to be held, wherever it stands, for every person alike", async () => {
    const billing = defineSource({
      name: "billing",
      export: () =>
        these({
          id: "123-45-6789",
          data: { iban: "DE89 3704 0044 0532 0130 00", note: SECRET, ok: "x" },
        }),
    });
    await using world = await openPeople({ packs: [gdpr(), ccpa()] }, { sources: [billing] });
    const source = { system: "crm", event: "call of 123-45-6789" };
    const chat = world.ada.session({ purpose: "support" });
    await chat.remember(SECRET, { category: "account", source });

    const { files } = await given(world.ada.self());

    for (const [name, bytes] of files) {
      assert.ok(!bytes.includes("123-45-6789") && !bytes.includes("DE89"), name);
    }
    const [record] = recordsOf(files, "source-billing");
    assert.deepEqual(Object.keys(record?.["data"] as object), ["note", "ok"]);
    const reasons = (record!["withheld"] as { field: string; reason: string }[]).map(
      ({ field, reason }) => `${field} ${reason}`,
    );
    assert.deepEqual(reasons, [
      "id social-security-number",
      "data.iban financial-account-number",
      "data.note social-security-number",
    ]);
    assert.ok(textOf(files, "index.html").includes("A social security number"));
  });

  test("is given where no law forbids it: a copy is a copy", async () => {
    await using world = await openPeople();
    await world.ada.session({ purpose: "support" }).remember(SECRET, { category: "account" });
    const { files } = await given(world.ada.self());
    assert.equal(recordsOf(files, "memories")[0]?.["content"], SECRET);
  });
});

describe("GDPR Art. 20: what the person may take elsewhere", () => {
  test("is what they gave, on consent or a contract, as linked data; not what was inferred", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    await chat.remember([{ role: "assistant", content: "Noted.", category: "preference" }]);
    await chat.derive([tea!], () => "drinks tea");

    const { files } = await given(world.ada.self());

    const graph = JSON.parse(textOf(files, "portable/memories-0001.jsonld"));
    assert.equal(graph["@context"].dpv, "https://w3id.org/dpv#");
    assert.deepEqual(
      graph["@graph"].map((node: Record<string, unknown>) => [node["@id"], node["schema:text"]]),
      [[`urn:oubli:${tea}`, TEA]],
    );
    assert.deepEqual(graph["@graph"][0]["@type"], ["dpv:PersonalData", "pd:Preference"]);
    assert.equal(
      graph["@graph"][0]["dpv:hasPurpose"][0]["dpv:hasLegalBasis"]["@id"],
      "dpv:Contract",
    );
  });
});
