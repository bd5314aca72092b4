import assert from "node:assert/strict";
import { test } from "node:test";

import { randomIds } from "#kernel";

import { openTestOubli } from "../../../src/testing.ts";

const consent = { policyVersion: "v1", mechanism: "signup" };

test("every refusal is in the log, also one that the policy had no part in (GDPR Art. 5(2))", async () => {
  await using oubli = await openTestOubli();
  const officer = oubli.as({ kind: "staff", id: "dpo", roles: ["privacy-officer"] });
  const ada = await oubli.subject("ada", { consent });
  const seenByOfficer = await officer.subjectById(ada.id);
  const chat = ada.session({ purpose: "assistant" });
  const source = { system: "crm", event: "1" };
  const { nodes } = await chat.remember("likes tea", { source });
  const kept = await chat.remember("likes cake");
  await ada.forget(nodes[0]!);
  await seenByOfficer.hold({ case: "c-1", reason: "litigation", nodes: [kept.nodes[0]!] });
  const nobody = randomIds.next("node");

  await assert.rejects(ada.forget(nobody), { code: "ZERO_SCOPE" });
  await assert.rejects(ada.forget(kept.nodes[0]!), { code: "HELD" });
  await assert.rejects(ada.self().correct(nobody, "x"), { code: "NOT_FOUND" });
  await assert.rejects(chat.remember("likes tea", { source }), { code: "REPLAY_OF_ERASED" });
  await assert.rejects(
    chat.derive([nobody], () => "x"),
    { code: "NOT_FOUND" },
  );
  await assert.rejects(chat.link(nobody, kept.nodes[0]!, "with"), { code: "NOT_FOUND" });
  await assert.rejects(seenByOfficer.release(randomIds.next("hold")), { code: "NOT_FOUND" });

  const accesses = await ada.self().accesses();
  const denied = accesses.filter(({ type }) => type === "deny");
  assert.equal(denied.length, 7);
  assert.ok(denied.every(({ decision }) => decision === "refused"));
});

test("what is recorded of a person is refused to whoever may not know it, and the log says so", async () => {
  await using oubli = await openTestOubli();
  const ada = await oubli.subject("ada", { consent });
  const seenAs = async (id: string, role: string) =>
    (await oubli.as({ kind: "staff", id, roles: [role] }).find("ada"))!;
  const [agent, auditor] = [await seenAs("nurse-1", "nurse"), await seenAs("audit-1", "auditor")];

  const refused = [
    () => agent.plan(),
    () => agent.restrictions(),
    () => agent.consent.history(),
    () => agent.consent.active(),
    () => agent.holds(),
    () => ada.holds(),
    () => ada.self().holds(),
  ];
  for (const call of refused) await assert.rejects(call(), { code: "POLICY_REFUSED" });
  for (const one of [ada, ada.self(), auditor]) {
    assert.deepEqual(await one.plan(), { nodes: 0, derived: 0, held: 0 });
    assert.deepEqual(await one.restrictions(), []);
    assert.deepEqual(await one.consent.active(), { assistant: true });
    assert.equal((await one.consent.history()).length, 1);
  }
  assert.deepEqual(await auditor.holds(), []);

  const denied = (await ada.self().accesses()).filter(({ type }) => type === "deny");
  assert.deepEqual(
    denied.map(({ actor }) => actor.id),
    ["nurse-1", "nurse-1", "nurse-1", "nurse-1", "nurse-1", "app", ada.id],
  );
});
