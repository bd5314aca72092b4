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
