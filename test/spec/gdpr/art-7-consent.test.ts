import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { HOUR_MS, type EpochMs } from "#kernel";

import { AUDITOR, held, LOW, NOTICE, openOnDisk, openPeople, PURPOSES, TEA } from "../world.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const NEWS = { purpose: "newsletter", ...NOTICE } as const;

describe("GDPR Art. 6(1)(a), 7(1): nothing rests on a consent that was not given", () => {
  test("without consent nothing is stored, and the error prints the call that gives it", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "newsletter" });

    await assert.rejects(chat.remember(TEA), {
      code: "CONSENT_MISSING",
      message: /await subject\.consent\.grant\(\{ purpose: "newsletter", policyVersion/,
    });
    assert.deepEqual((await world.ada.self().export()).nodes, []);
  });

  test("with consent the same call is stored, and recalled", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "newsletter" });
    await world.ada.consent.grant(NEWS);
    await chat.remember(TEA);

    assert.equal((await chat.recall("tea")).nodes.length, 1);
  });

  test("one person's consent is not another's", async () => {
    await using world = await openPeople();
    await world.ada.consent.grant(NEWS);

    await assert.rejects(world.bob.session({ purpose: "newsletter" }).remember(TEA), {
      code: "CONSENT_MISSING",
    });
  });

  test("consent is given in one line at registration, and not asked for twice", async () => {
    await using world = await openPeople();
    const options = { consent: { policyVersion: "v1", mechanism: "signup" } };
    const eve = await world.oubli.subject("eve", options);
    await eve.session({ purpose: "assistant" }).remember(TEA, { category: "preference" });
    await world.oubli.subject("eve", options);

    const history = await eve.consent.history();

    assert.deepEqual(
      history.map(({ purpose, granted }) => [purpose, granted]),
      [["assistant", true]],
    );
  });

  test("a registration never brings a withdrawn consent back", async () => {
    await using world = await openPeople();
    const options = { consent: { policyVersion: "v1", mechanism: "signup" } };
    const eve = await world.oubli.subject("eve", options);
    await eve.consent.withdraw({ purpose: "assistant", ...NOTICE });
    await world.oubli.subject("eve", options);

    assert.deepEqual(await eve.consent.active(), { assistant: false });
  });

  test("consent to a purpose that is not declared is refused", async () => {
    await using world = await openPeople();
    const eve = { policyVersion: "v1", mechanism: "signup", purpose: "constructor" };

    await assert.rejects(world.ada.consent.grant({ ...NOTICE, purpose: "curiosity" }), {
      code: "PURPOSE_UNKNOWN",
    });
    await assert.rejects(world.oubli.subject("eve", { consent: eve }), { code: "PURPOSE_UNKNOWN" });
  });
});

describe("GDPR Art. 9(2)(a): a consent that could never suffice is not recorded", () => {
  const purposes = {
    therapy: {
      basis: "consent",
      condition: "explicit-consent",
      categories: ["mental_health", "health"],
      retention: "P90D",
    },
  } as const;

  for (const purpose of ["third_party_sharing", "therapy"]) {
    test(`${purpose}: an implied one is refused, and an explicit one is recorded`, async () => {
      await using world = await openPeople({ purposes });
      const given = { purpose, ...NOTICE };
      await assert.rejects(world.ada.consent.grant(given), {
        code: "INPUT_INVALID",
        message: /field: consent\.explicit;.*accepted: true/,
      });
      await assert.rejects(world.oubli.subject("eve", { consent: given }), {
        message: /field: options\.consent\.explicit;.*accepted: true/,
      });
      assert.equal(await world.oubli.find("eve"), null);
      assert.deepEqual(await world.ada.consent.history(), []);

      await world.ada.consent.grant({ ...given, explicit: true });
      const eve = await world.oubli.subject("eve", { consent: { ...given, explicit: true } });
      assert.equal((await eve.consent.history())[0]?.explicit, true);
    });
  }

  test("assistant and whatever else holds ordinary categories too is granted without", async () => {
    await using world = await openPeople();
    for (const purpose of ["assistant", "mood", "personalization"]) {
      const { explicit } = await world.ada.consent.grant({ purpose, ...NOTICE });
      assert.equal(explicit, false);
    }
  });

  test("it is withdrawn without a word about it", async () => {
    await using world = await openPeople({ purposes });
    await world.ada.consent.grant({ purpose: "therapy", ...NOTICE, explicit: true });
    const { record } = await world.ada.consent.withdraw({ purpose: "therapy", ...NOTICE });
    assert.equal(record.granted, false);
  });
});

describe("GDPR Art. 7(1): a consent record shows who agreed to what, when and how", () => {
  test("it holds every field, and its entry stands in the ledger", async () => {
    await using world = await openPeople();
    const collectedAt = world.clock.now() - DAY_MS;
    const validUntil = world.clock.now() + 30 * DAY_MS;
    const given = { purpose: "mood", ...NOTICE, explicit: true, language: "de", collectedAt };
    const record = await world.ada.consent.grant({
      ...given,
      validUntil,
      ipAddress: "2001:db8::7",
      userAgent: "Mozilla/5.0",
    });

    const { id, index, ...fields } = record;
    assert.match(id, /^con_/);
    assert.deepEqual(fields, { ...given, validUntil, subject: world.ada.id, granted: true });
    const entry = JSON.parse(
      Buffer.from((await world.oubli.as(AUDITOR).audit.entry("ledger", index))!).toString(),
    );
    assert.deepEqual(
      [entry.t, entry.consent, entry.policyVersion],
      ["consent.grant", id, "2026-11"],
    );
  });

  test("the notice's version and the mechanism are required", async () => {
    await using world = await openPeople();
    for (const missing of ["policyVersion", "mechanism", "purpose"] as const) {
      const { [missing]: _, ...rest } = NEWS;
      await assert.rejects(world.ada.consent.grant(rest as typeof NEWS), {
        code: "INPUT_INVALID",
        message: new RegExp(`field: consent.${missing}; given: nothing`),
      });
    }
  });

  test("an address is validated, and no longer than the longest there is", async () => {
    await using world = await openPeople();
    for (const ipAddress of ["192.0.2.256", "localhost", "::1".padEnd(46, "0"), ""]) {
      await assert.rejects(world.ada.consent.grant({ ...NEWS, ipAddress }), {
        code: "INPUT_INVALID",
        message: /field: consent.ipAddress/,
      });
    }
  });

  test("a record from the future is refused", async () => {
    await using world = await openPeople();
    const collectedAt = world.clock.now() + 1;
    for (const act of ["grant", "withdraw"] as const) {
      await assert.rejects(world.ada.consent[act]({ ...NEWS, collectedAt }), {
        code: "INPUT_INVALID",
        message: /field: consent.collectedAt;.*accepted: not in the future/,
      });
    }
    assert.deepEqual(await world.ada.consent.history(), []);
  });

  test("IP address and user agent are sealed: no database holds them in the clear", async () => {
    await using world = await openOnDisk();
    const ada = await world.oubli.subject("ada");
    const evidence = { ipAddress: "192.0.2.77", userAgent: "Netscape Navigator 4.08" };
    await ada.consent.grant({ ...NEWS, ...evidence });
    const shown = await ada.self().export();

    assert.deepEqual(shown.consents[0]!.evidence, evidence);
    for (const name of ["memory", "keys", "audit"] as const) {
      const tables = world.rows(name, "SELECT name FROM sqlite_schema WHERE type = 'table'");
      const all = tables.map((table) =>
        world.rows(name, `SELECT * FROM "${String(table["name"])}"`),
      );
      const text = JSON.stringify(all, (_, value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
      );
      assert.doesNotMatch(text, /192\.0\.2\.77|Netscape/);
    }
  });

  test("its evidence ends 2,555 days after it stopped to matter; the record itself stays", async () => {
    await using world = await openPeople();
    await world.ada.consent.grant({ ...NEWS, ipAddress: "192.0.2.7" });
    await world.ada.consent.withdraw({ ...NEWS });
    world.clock.advance({ days: 2554 });
    assert.equal((await world.oubli.sweep()).evidence, 0);

    world.clock.advance({ days: 2 });
    assert.equal((await world.oubli.sweep()).evidence, 1);

    const { consents } = await world.ada.self().export();
    assert.deepEqual(
      consents.map(({ granted, evidence }) => [granted, evidence]),
      [
        [true, null],
        [false, null],
      ],
    );
  });
});

describe("GDPR Art. 7(3): a consent is taken back as easily as it was given", () => {
  test("a withdrawal is a new record with the same fields; the old one is left as it was", async () => {
    await using world = await openPeople();
    const granted = await world.ada.consent.grant(NEWS);
    world.clock.advance({ days: 1 });
    const { record } = await world.ada.consent.withdraw(NEWS);

    const history = await world.ada.consent.history();

    assert.deepEqual(history, [granted, record]);
    assert.deepEqual(Object.keys(record).sort(), Object.keys(granted).sort());
    assert.equal(record.granted, false);
  });

  test("it is effective with the next read and the next write", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "newsletter" });
    await world.ada.consent.grant(NEWS);
    await chat.remember(TEA);

    await world.ada.consent.withdraw(NEWS);

    await assert.rejects(chat.recall("tea"), { code: "CONSENT_MISSING" });
    await assert.rejects(chat.remember(TEA), { code: "CONSENT_MISSING" });
    await assert.rejects(world.ada.list({ purpose: "newsletter" }), { code: "CONSENT_MISSING" });
  });

  test("what rested on it alone is erased; what another purpose holds stays, for that purpose", async () => {
    await using world = await openPeople();
    await world.ada.consent.grant(NEWS);
    const both = world.ada.session({ purpose: "newsletter", storeFor: ["newsletter", "support"] });
    await both.remember("likes jam", { purposes: ["newsletter"] });
    await both.remember(TEA, { category: "preference" });

    const { erased } = await world.ada.consent.withdraw(NEWS);

    assert.deepEqual(await held(world.ada.self()), [TEA]);
    assert.equal(erased[0]!.entry["reason"], "consent-withdrawn");
    assert.equal((await world.ada.session({ purpose: "support" }).recall("tea")).nodes.length, 1);
  });

  test("a withdrawal that is part of a later consent to another purpose reaches all its categories", async () => {
    await using world = await openPeople();
    await world.ada.consent.grant({ purpose: "mood", explicit: true, ...NOTICE });
    const mood = world.ada.session({ purpose: "mood" });
    await mood.remember(LOW, { category: "mental_health" });
    await mood.remember(TEA, { category: "preference" });

    await world.ada.consent.withdraw({ purpose: "mood", ...NOTICE });

    assert.deepEqual(await held(world.ada.self()), []);
  });

  test("on a stated legal ground the memories are kept instead, for storage alone", async () => {
    await using world = await openPeople();
    await world.ada.consent.grant(NEWS);
    const chat = world.ada.session({ purpose: "newsletter" });
    await chat.remember(TEA);

    const { erased } = await world.ada.consent.withdraw(NEWS, { keepOn: "legal-claims" });
    await world.ada.consent.grant(NEWS);

    assert.deepEqual(erased, []);
    assert.deepEqual(await held(world.ada.self()), [TEA]);
    await assert.rejects(chat.recall("tea"), { code: "SUBJECT_RESTRICTED" });
  });

  test("what was told under a consent that is given anew does not come back", async () => {
    await using world = await openPeople();
    await world.ada.consent.grant(NEWS);
    const chat = world.ada.session({ purpose: "newsletter" });
    await chat.remember(TEA);
    await world.ada.consent.withdraw(NEWS);
    await world.ada.consent.grant(NEWS);

    assert.deepEqual((await chat.recall("tea")).nodes, []);
  });
});

describe("what a person has agreed to, at any instant", () => {
  test("a withdrawn purpose is false, and never absent; one that was never asked about is absent", async () => {
    await using world = await openPeople();
    await world.ada.consent.grant(NEWS);
    await world.ada.consent.grant({ purpose: "analytics", ...NOTICE });
    await world.ada.consent.withdraw(NEWS);

    assert.deepEqual(await world.ada.consent.active(), { newsletter: false, analytics: true });
    assert.deepEqual(await world.bob.consent.active(), {});
  });

  test("active(at) answers for any instant of the past", async () => {
    await using world = await openPeople();
    const start = world.clock.now();
    await world.ada.consent.grant(NEWS);
    world.clock.advance({ days: 10 });
    await world.ada.consent.withdraw(NEWS);
    const at = (days: number) => world.ada.consent.active(new Date(start + days * DAY_MS));

    assert.deepEqual(
      [await at(-1), await at(0), await at(9.9), await at(10)],
      [{}, { newsletter: true }, { newsletter: true }, { newsletter: false }],
    );
  });

  test("the latest record counts, by the time it was collected and then by its place in the ledger", async () => {
    await using world = await openPeople();
    world.clock.advance({ days: 10 });
    const now = world.clock.now();
    await world.ada.consent.grant({ ...NEWS, collectedAt: now - 2 * DAY_MS });
    // It arrives late: it was collected before the grant.
    await world.ada.consent.withdraw({ ...NEWS, collectedAt: now - 5 * DAY_MS });
    assert.deepEqual(await world.ada.consent.active(), { newsletter: true });

    await world.ada.consent.grant({ ...NEWS, collectedAt: now });
    await world.ada.consent.withdraw({ ...NEWS, collectedAt: now });
    assert.deepEqual(await world.ada.consent.active(), { newsletter: false });
    const indexes = (await world.ada.consent.history()).map(({ collectedAt }) => now - collectedAt);
    assert.deepEqual(indexes, [5 * DAY_MS, 2 * DAY_MS, 0, 0]);
  });

  test("a consent ends with its validity", async () => {
    await using world = await openPeople();
    const validUntil = new Date(world.clock.now() + DAY_MS);
    await world.ada.consent.grant({ ...NEWS, validUntil });

    world.clock.advance({ days: 1 });

    assert.deepEqual(await world.ada.consent.active(), { newsletter: false });
  });

  test("the standard purposes ship, all of them resting on consent", async () => {
    await using world = await openPeople();
    const standard = [
      "assistant",
      "marketing_email",
      "analytics",
      "third_party_sharing",
      "personalization",
    ];
    for (const name of standard) assert.equal(world.oubli.policy.purposes[name]?.basis, "consent");
    const own = Object.keys(world.oubli.policy.purposes).filter((name) => name in PURPOSES);
    assert.equal(own.length, Object.keys(PURPOSES).length);
  });
});

describe("what time does to a consent", () => {
  test("given to a process whose clock is ahead, it counts in every other: nothing told under it is erased", async () => {
    let now = Date.UTC(2026, 0, 1) + HOUR_MS;
    const clock = { now: () => now as EpochMs };
    await using world = await openOnDisk({}, { clock });
    const ada = await world.oubli.subject("ada");
    await ada.consent.grant(NEWS);
    await ada.consent.withdraw(NEWS);
    await ada.consent.grant(NEWS);
    const news = ada.session({ purpose: "newsletter" });
    await news.remember(TEA);
    now -= HOUR_MS;

    assert.deepEqual(await ada.consent.active(), { newsletter: true });
    await world.oubli.sweep();

    const { nodes } = await news.recall("tea");
    assert.deepEqual(
      nodes.map(({ content }) => content),
      [TEA],
    );
  });

  test("a clock that steps back does not undo a withdrawal", async () => {
    let now = Date.UTC(2026, 0, 1);
    const clock = { now: () => now as EpochMs };
    await using world = await openOnDisk({}, { clock });
    const ada = await world.oubli.subject("ada");
    const granted = await ada.consent.grant(NEWS);
    now -= 5000;

    const { record } = await ada.consent.withdraw(NEWS);

    assert.equal(record.collectedAt, granted.collectedAt);
    now += 6000;
    assert.deepEqual(await ada.consent.active(), { newsletter: false });
    await assert.rejects(ada.session({ purpose: "newsletter" }).remember(TEA), {
      code: "CONSENT_MISSING",
    });
  });

  test("what rested on a consent alone is erased by the first sweep after the consent ran out", async () => {
    await using world = await openPeople();
    const validUntil = new Date(world.clock.now() + 10 * DAY_MS);
    await world.ada.consent.grant({ ...NEWS, validUntil });
    const both = world.ada.session({ purpose: "newsletter", storeFor: ["newsletter", "support"] });
    await both.remember("likes jam", { purposes: ["newsletter"] });
    await both.remember(TEA, { category: "preference" });
    world.clock.advance({ days: 9 });
    assert.equal((await world.oubli.sweep()).queued, 0);

    world.clock.advance({ days: 1 });
    assert.equal((await world.oubli.sweep()).queued, 1);

    assert.deepEqual(await held(world.ada.self()), [TEA]);
    assert.equal((await world.oubli.sweep()).queued, 0);
  });

  test("a consent that was given anew before it ran out keeps its memories", async () => {
    await using world = await openPeople();
    const validUntil = new Date(world.clock.now() + 10 * DAY_MS);
    await world.ada.consent.grant({ ...NEWS, validUntil });
    await world.ada.session({ purpose: "newsletter" }).remember(TEA);
    world.clock.advance({ days: 9 });
    await world.ada.consent.grant(NEWS);
    world.clock.advance({ days: 9 });

    assert.equal((await world.oubli.sweep()).queued, 0);
    assert.deepEqual(await held(world.ada.self()), [TEA]);
  });

  test("what a hold kept when its consent ran out is erased once the hold is released", async () => {
    await using world = await openPeople();
    const validUntil = new Date(world.clock.now() + DAY_MS);
    await world.ada.consent.grant({ ...NEWS, validUntil });
    await world.ada.session({ purpose: "newsletter" }).remember(TEA);
    const hold = await world.officer.hold({ case: "case-7", reason: "litigation" });
    world.clock.advance({ days: 2 });
    assert.equal((await world.oubli.sweep()).queued, 0);
    assert.equal((await world.officer.plan()).held, 1);

    await world.officer.release(hold.id);

    assert.deepEqual(await held(world.ada.self()), []);
  });

  test("evidence ends in time however many consents in force were collected before it", async () => {
    await using world = await openPeople();
    for (let at = 0; at < 501; at += 1) {
      const other = await world.oubli.subject(`person-${at}`);
      await other.consent.grant({ ...NEWS, ipAddress: "192.0.2.1" });
    }
    world.clock.advance({ days: 1 });
    await world.ada.consent.grant({ ...NEWS, ipAddress: "192.0.2.7" });
    await world.ada.consent.withdraw(NEWS);
    world.clock.advance({ days: 2556 });

    assert.equal((await world.oubli.sweep()).evidence, 1);

    const { consents } = await world.ada.self().export();
    assert.deepEqual(
      consents.map(({ evidence }) => evidence),
      [null, null],
    );
  });
});
