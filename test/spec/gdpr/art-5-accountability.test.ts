import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { verifyCertificate } from "#verify";

import { withoutRandom } from "../../support/without-random.ts";
import {
  AUDITOR,
  entriesOf,
  held,
  LOW,
  NOTICE,
  OFFICER,
  openOnDisk,
  openPeople,
  TEA,
} from "../world.ts";

// Goal: whoever is responsible can show what was done, and the record says nothing of the content.
describe("GDPR Art. 5(2): accountability", () => {
  test("every retrieval stands in the log with time, person, session, actor, purpose and ids", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    world.clock.advance({ ms: 5 });

    const { why } = await chat.recall("tea");

    const entry = (await entriesOf(world.oubli, "access"))[why.auditIndex]!;
    assert.equal(entry.t, "retrieve");
    assert.equal(entry["ts"], world.clock.now());
    assert.equal(entry["subject"], world.ada.id);
    assert.equal(entry["session"], await chat.id());
    assert.deepEqual(entry["actor"], { kind: "app", id: "app", roles: ["app"] });
    assert.equal(entry["purpose"], "support");
    assert.deepEqual(entry["nodes"], [
      { id: tea, revision: 1, category: "preference", special: false },
    ]);
  });

  test("no use of a memory is without a session: one is minted where none was given", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    await world.ada.get(tea!, { purpose: "support" });
    await world.ada.list({ purpose: "support" });
    await world.ada.self().export();
    await world.oubli.find("ada").then((ada) => ada!.session({ purpose: "support" }).recall("tea"));

    const uses = (await entriesOf(world.oubli, "access")).filter(({ t }) =>
      ["retrieve", "export", "remember", "deny"].includes(t),
    );
    assert.ok(uses.length >= 5);
    for (const { session } of uses) assert.match(String(session), /^ses_[\w-]{22}$/);
  });

  test("each verb leaves its own entry: what was done, and never what was said", async () => {
    await using world = await openPeople();
    const { ada, officer } = world;
    await ada.consent.grant({ purpose: "mood", explicit: true, ...NOTICE, ipAddress: "192.0.2.7" });
    const mood = ada.session({ purpose: "mood", thread: "thread of Ada Lovelace" });
    const [low] = (await mood.remember(LOW, { category: "mental_health" })).nodes;
    const [calm] = (await mood.remember("is calm at sea", { category: "mental_health" })).nodes;
    await mood.derive([low!, calm!], () => "has ups and downs");
    await mood.link(low!, calm!, "followed_by");
    await mood.recall("how does Ada Lovelace feel?");
    await ada.correct(low!, "felt low until May", { purpose: "mood" });
    const { id } = await officer.hold({ case: "case-7", reason: "litigation" });
    await officer.release(id);
    await officer.lift((await ada.restrict({ ground: "accuracy-contested" })).id);
    await ada.self().export();
    await ada.forget(calm!);
    await ada.consent.withdraw({ purpose: "mood", ...NOTICE });
    await world.oubli.sweep();
    await ada.erase();
    await world.oubli.rotate();

    const access = await entriesOf(world.oubli, "access");
    const ledger = await entriesOf(world.oubli, "ledger");
    const types = new Set([...access, ...ledger].map(({ t }) => t));
    for (const type of [
      ...["remember", "link", "retrieve", "export", "retention.run"],
      ...["config", "consent.grant", "consent.withdraw", "restrict", "restrict.lift"],
      ...["hold.place", "hold.release", "correct.intent", "correct.executed"],
      ...["erase.intent", "erase.executed", "erase.final", "key.epoch"],
    ]) {
      assert.ok(types.has(type), `no entry of type ${type}`);
    }
    const log = withoutRandom(JSON.stringify([access, ledger]));
    assert.doesNotMatch(log, /low|calm|ups and downs|Lovelace|followed_by|192\.0\.2/i);
    assert.ok(!log.includes('"ada"'), "the application's own name for her is not in the log");
  });

  test("a refusal is in the log as well, with the guard that said no", async () => {
    await using world = await openPeople();
    await assert.rejects(world.ada.session({ purpose: "mood" }).recall("low"));
    await assert.rejects(world.ada.export());

    const denied = (await entriesOf(world.oubli, "access")).filter(({ t }) => t === "deny");
    assert.deepEqual(
      denied.map(({ verb, guard }) => [verb, guard]),
      [
        ["recall", "consent"],
        ["export", "role"],
      ],
    );
  });

  test("a person sees who used their memories, when, and what for", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    await chat.recall("tea");

    const uses = await world.ada.self().accesses();

    assert.deepEqual(
      uses.map(({ type, purpose, actor, nodes }) => [type, purpose, actor.id, nodes[0]?.id]),
      [
        ["remember", null, "app", tea],
        ["retrieve", "support", "app", tea],
      ],
    );
    await assert.rejects(world.ada.accesses(), { code: "POLICY_REFUSED" });
  });

  test("the log is kept for as long as the strictest pack asks, and explain() names that pack", async () => {
    const { gdpr, hipaa } = await import("#policy");
    await using european = await openPeople({ packs: [gdpr()] });
    await using both = await openPeople({ packs: [gdpr(), hipaa()] });
    const rule = ({ oubli }: typeof both) =>
      oubli.explain().find(({ rule }) => rule === "auditRetentionYears")!;

    assert.equal(rule(european).value, 3);
    assert.equal(rule(both).value, 6);
    assert.deepEqual(rule(both).from, [
      { pack: "hipaa-2026.1", source: "45 CFR 164.316(b)(2)(i)" },
    ]);
  });

  test("both logs hold, are exported with their keys, and prove each of their entries", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const { why } = await chat.recall("tea");
    const folder = mkdtempSync(join(tmpdir(), "oubli-audit-"));
    try {
      assert.ok((await world.oubli.as(AUDITOR).audit.export(folder)) >= 4);
      const key = readFileSync(join(folder, "ledger", "verifier-key"), "utf8").trim();
      assert.equal(key, world.oubli.audit.verifierKey("ledger"));
      assert.match(
        await world.oubli.audit.prove("access", why.auditIndex),
        /^c2sp.org\/tlog-proof/,
      );
      for (const log of await world.oubli.audit.check()) assert.deepEqual(log.faults, []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("the log's own database refuses to change or remove an entry", async () => {
    await using world = await openOnDisk();
    const ada = await world.oubli.subject("ada");
    await ada.consent.grant({ purpose: "newsletter", ...NOTICE });
    const { DatabaseSync } = await import("node:sqlite");
    using database = new DatabaseSync(`${world.folder}/data/audit.db`);

    for (const change of [
      "UPDATE audit_ledger SET entry = x'00'",
      "UPDATE audit_ledger SET ts = 0",
      "DELETE FROM audit_ledger",
      "DELETE FROM consent",
    ]) {
      assert.throws(() => database.exec(change), /append-only/, change);
    }
  });

  test("a certificate is checked offline, by whoever has the verifier key alone", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const { json } = await world.ada.forget(tea!);
    const key = world.oubli.audit.verifierKey("ledger");

    const checked = await verifyCertificate(json, key);

    assert.ok(checked.valid);
    assert.equal(checked.entry["subject"], world.ada.id);
    assert.deepEqual(await held(world.ada.self()), []);
  });

  test("a certificate is found again by its subject and erasure, by its controller alone", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const { erasure, json } = await world.ada.forget(tea!);

    assert.equal((await world.oubli.certificate(world.ada.id, erasure)).json, json);
    const other = world.oubli.tenant("another-shop").as(OFFICER);
    await assert.rejects(other.certificate(world.ada.id, erasure), { code: "NOT_FOUND" });
  });
});
