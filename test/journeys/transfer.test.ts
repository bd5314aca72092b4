import assert from "node:assert/strict";
import { test } from "node:test";

import { adaIn, BACK, SCC, told, twoRegions } from "../spec/transfers.ts";

test("a transferred person has in their new region all that they had, under the same ids", async (t) => {
  await using oubli = await twoRegions(t).open();
  const { ada } = await adaIn(oubli);
  const before = await told(ada);
  const { subject: moved } = await ada.transfer(SCC);
  assert.equal(moved.region, "us");
  assert.notEqual(moved.id, ada.id);
  assert.deepEqual(await told(moved), before);
  assert.equal(before.nodes.length, 6);
  const { nodes } = await moved.session({ purpose: "support" }).recall("tram");
  assert.ok(nodes.some(({ content }) => content === "The tram is green."));
});

test("they are found in their new region without naming it, and no more in the old one", async (t) => {
  await using oubli = await twoRegions(t).open();
  const { ada, memories } = await adaIn(oubli);
  const { subject: moved } = await ada.transfer(SCC);
  assert.equal((await oubli.find("ada"))?.id, moved.id);
  assert.equal((await oubli.subject("ada", { jurisdiction: "DE" })).id, moved.id, "for good");
  assert.equal(await oubli.find("ada", { region: "eu" }), null);
  await assert.rejects(oubli.subjectById(ada.id), { code: "NOT_FOUND" });
  await assert.rejects(ada.self().get(memories[0]!), { code: "SUBJECT_ERASED" });
  const chat = ada.session({ purpose: "support" });
  await assert.rejects(chat.remember("More.", { category: "work" }), { code: "SUBJECT_ERASED" });
  await assert.rejects(ada.transfer(SCC), { code: "SUBJECT_ERASED" });
});

test("the certificate names the authorisation, and is verified offline with the old region's key", async (t) => {
  await using oubli = await twoRegions(t).open();
  const { ada } = await adaIn(oubli);
  const { certificate } = await ada.transfer(SCC);
  assert.equal((await oubli.verify(certificate)).valid, true);
  assert.equal((await oubli.region("us").verify(certificate)).valid, false);
  const { entry } = certificate;
  assert.equal(entry["reason"], "transfer");
  const { to, authorisation } = SCC;
  assert.deepEqual(entry["transfer"], { to, ...authorisation, scope: null });
  assert.equal((entry["scope"] as { subject: boolean }).subject, true);
  const surfaces = entry["surfaces"] as { found: number | null }[];
  assert.ok(surfaces.every(({ found }) => found === null || found === 0));
});

test("both logs hold, and tell what gates read in either region", async (t) => {
  await using oubli = await twoRegions(t).open();
  const { ada } = await adaIn(oubli);
  await ada.transfer(SCC);
  for (const region of ["eu", "us"]) {
    const checks = await oubli.region(region).as({ kind: "staff", id: "a", roles: ["auditor"] });
    for (const { faults } of await checks.audit.check()) assert.deepEqual(faults, [], region);
  }
});

test("their export says where they came from, on whose word", async (t) => {
  await using oubli = await twoRegions(t).open();
  const { ada } = await adaIn(oubli);
  assert.equal((await ada.export()).arrival, null);
  const { subject: moved, certificate } = await ada.transfer(SCC);
  const { arrival } = await moved.export();
  assert.equal(arrival?.from, "eu");
  assert.equal(arrival.erasure, certificate.erasure);
  assert.deepEqual(arrival.authorisation, { ...SCC.authorisation, scope: null });
});

test("a replayed event is known there, and refused once it is erased there", async (t) => {
  await using oubli = await twoRegions(t).open();
  const { ada, memories } = await adaIn(oubli);
  const { subject: moved } = await ada.transfer(SCC);
  const chat = moved.session({ purpose: "support" });
  const again = () =>
    chat.remember("The bridge is old.", {
      category: "preference",
      source: { system: "chat", event: "e-2" },
    });
  assert.deepEqual((await again()).nodes, [memories[2]]);
  await moved.forget(memories[2]!);
  await assert.rejects(again(), { code: "REPLAY_OF_ERASED" });
});

test("who comes back brings everything along, and their events are refused as replays", async (t) => {
  await using oubli = await twoRegions(t).open();
  const { ada } = await adaIn(oubli);
  const before = await told(ada);
  const { subject: away } = await ada.transfer(SCC);
  const { subject: back } = await away.transfer(BACK);
  assert.deepEqual(await told(back), before);
  assert.equal((await oubli.find("ada"))?.id, back.id);
  assert.equal(new Set([ada.id, away.id, back.id]).size, 3);
});

test("what they agreed to counts there, with its evidence, and a withdrawal erases as before", async (t) => {
  await using oubli = await twoRegions(t).open();
  const { ada } = await adaIn(oubli);
  await ada.lift((await ada.restrictions())[0]!.id);
  await ada.session({ purpose: "news" }).remember("Reads about trams.");
  const { subject: moved } = await ada.transfer(SCC);
  assert.deepEqual(await moved.consent.active(), { news: true });
  const { consents } = await moved.export();
  assert.equal(consents[0]?.evidence?.ipAddress, "192.0.2.7");
  const withdrawn = { purpose: "news", policyVersion: "v1", mechanism: "form" };
  const { erased } = await moved.consent.withdraw(withdrawn);
  assert.equal(erased.length, 1);
});
