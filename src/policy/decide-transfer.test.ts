import assert from "node:assert/strict";
import { test } from "node:test";

import { word, type EpochMs } from "#kernel";
import {
  decideTransfer,
  defineConfig,
  gdpr,
  hipaa,
  policyFromJson,
  policyJson,
  standingTransfer,
  type TransferInput,
  type TransferRequest,
} from "#policy";

const at = Date.UTC(2026, 5, 1) as EpochMs;
const place = (name: string) => ({ store: `sqlite:./${name}` });
const regions = {
  eu: { jurisdictions: ["EEA"], ...place("eu") },
  us: { jurisdictions: ["US"], hipaaCovered: true, ...place("us") },
  ca: { jurisdictions: ["CA"], ...place("ca") },
  fr: { jurisdictions: ["FR"], ...place("fr") },
};
const { policy } = defineConfig({ regions, packs: [gdpr(), hipaa()] });

const asked = (change: Partial<TransferRequest>): TransferRequest => ({
  from: word("eu"),
  to: word("us"),
  mechanism: "scc",
  expires: (at + 1) as EpochMs,
  scope: null,
  categories: ["preference"],
  phi: false,
  at,
  ...change,
});

const refusal = (change: Partial<TransferRequest>, under = policy) =>
  decideTransfer(asked(change), under)?.reason ?? null;

test("a transfer under a mechanism of chapter V is allowed until its authorisation expires", () => {
  assert.equal(refusal({}), null);
  assert.equal(refusal({ expires: at }), "authorisation-expired");
});

test("out of the EEA a mechanism is needed; within it, into it and outside it none is", () => {
  assert.equal(refusal({ mechanism: "unrestricted" }), "mechanism-missing");
  const into = { from: word("us"), to: word("eu"), mechanism: "unrestricted" } as const;
  const within = { to: word("fr"), mechanism: "unrestricted" } as const;
  const outside = { from: word("ca"), to: word("us"), mechanism: "unrestricted" } as const;
  for (const change of [into, within, outside]) {
    assert.equal(refusal({ ...change, categories: ["preference"] }), null);
  }
});

test("health data stay in the EEA, unless the mechanism carries them or no pack keeps them", () => {
  for (const category of ["health", "mental_health", "genetic"] as const) {
    const categories = ["preference", category] as const;
    const decided = decideTransfer(asked({ categories }), policy);
    assert.deepEqual(decided, { reason: "health-stays", categories: [category] });
    assert.equal(refusal({ categories, mechanism: "adequacy" }), null);
    assert.equal(refusal({ categories }, defineConfig({ regions, packs: [hipaa()] }).policy), null);
  }
});

test("protected health information goes from a covered region to a covered one only", () => {
  const from = { from: word("us"), mechanism: "unrestricted" } as const;
  assert.equal(refusal({ ...from, to: word("ca"), categories: ["health"] }), "phi-not-covered");
  assert.equal(refusal({ ...from, to: word("ca"), phi: true }), "phi-not-covered");
  assert.equal(refusal({ ...from, to: word("ca") }), null);
  const covered = { ...regions, ca: { ...regions.ca, hipaaCovered: true } };
  const both = defineConfig({ regions: covered, packs: [gdpr(), hipaa()] }).policy;
  assert.equal(refusal({ ...from, to: word("ca"), categories: ["health"] }, both), null);
});

test("an authorisation that leaves something out authorises none of it, and says what it left out", () => {
  const decided = decideTransfer(
    asked({ scope: ["preference"], categories: ["preference", "work"] }),
    policy,
  );
  assert.deepEqual(decided, { reason: "outside-scope", categories: ["work"] });
  assert.equal(refusal({ scope: ["preference", "work"], categories: ["work"] }), null);
});

const scc: TransferInput = {
  from: "eu",
  to: "us",
  mechanism: "scc",
  document: "SCC-2026-4",
  approver: "dpo",
  expires: "2026-07-01",
};

test("a configured authorisation holds for its regions and categories, until the day it expires", () => {
  const config = { regions, transfers: [{ ...scc, categories: ["preference"] as const }] };
  const { policy: own } = defineConfig(config);
  const question = { from: word("eu"), to: word("us"), categories: ["preference"], at } as const;
  assert.equal(standingTransfer(own, question)?.document, "SCC-2026-4");
  const over = Date.UTC(2026, 6, 1) as EpochMs;
  assert.equal(standingTransfer(own, { ...question, at: over }), null);
  assert.equal(standingTransfer(own, { ...question, categories: ["work"] }), null);
  assert.equal(standingTransfer(own, { ...question, to: word("ca") }), null);
  assert.deepEqual(policyFromJson(policyJson(own)), own, "a stored policy keeps it");
});

test("one for everything carries no health data out of the EEA by a mechanism that does not", () => {
  const question = { from: word("eu"), to: word("us"), categories: ["health"], at } as const;
  assert.equal(
    standingTransfer(defineConfig({ regions, transfers: [scc] }).policy, question),
    null,
  );
  const adequate = [{ ...scc, mechanism: "adequacy" as const }];
  const { policy: own } = defineConfig({ regions, transfers: adequate });
  assert.equal(standingTransfer(own, question)?.document, "SCC-2026-4");
});

test("a configured authorisation that a pack contradicts is refused with the configuration", () => {
  for (const [change, field] of [
    [{ categories: ["health"] }, /transfers\.0\.categories/],
    [{ mechanism: "unrestricted" }, /transfers\.0\.mechanism/],
    [{ from: "mars" }, /transfers\.0\.from/],
    [{ to: "eu" }, /transfers\.0\.to/],
  ] as const) {
    const transfers = [{ ...scc, ...change } as TransferInput];
    assert.throws(() => defineConfig({ regions, transfers }), {
      code: "CONFIG_INVALID",
      message: field,
    });
  }
});
