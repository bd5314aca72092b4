import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { CONTROLS, groundOf, run, type Control } from "#posture";

import { LIES, underCcpa } from "./support/posture-lies.ts";
import { OFFICE_FAULTS } from "./support/posture-office-faults.ts";
import { ROW_FAULTS } from "./support/posture-row-faults.ts";
import { SERVER_FAULTS } from "./support/posture-server-faults.ts";
import { clinicTemplate, type Clinic } from "./support/posture-world.ts";
import { REGION } from "./support/region.ts";

const controlOf = (name: string): Control => CONTROLS.find(({ control }) => control === name)!;

describe("a product that does not do what it says is seen by the control that looks", () => {
  let template: Awaited<ReturnType<typeof clinicTemplate>>;
  let clinic: Clinic & AsyncDisposable;
  before(async () => {
    template = await clinicTemplate();
    clinic = await template.copy();
  });
  after(async () => {
    await clinic[Symbol.asyncDispose]();
    await template[Symbol.asyncDispose]();
  });

  for (const { lie, seenBy, tell } of LIES) {
    test(lie, async () => {
      const ground = groundOf(clinic.oubli.region(REGION), clinic.place);
      const { state, facts } = await run(controlOf(seenBy), tell(ground));
      await ground.canary.end();
      assert.equal(state, "broken", JSON.stringify(facts));
      assert.ok(!("code" in facts), `it broke by an error: ${facts["code"]}`);
    });
  }

  test("where a law takes a browser's signal for a request, it is seen to be obeyed", async () => {
    const ground = underCcpa(groundOf(clinic.oubli.region(REGION), clinic.place));
    const { state, facts } = await run(controlOf("opt-out-signal-is-obeyed"), ground);
    await ground.canary.end();
    assert.equal(state, "held", JSON.stringify(facts));
  });
});

/** Controls that no fault can be planted for from outside, and why. */
const WITHOUT_FAULT: Readonly<Record<string, string>> = {
  "server-keeps-what-it-acknowledged": "each connection asks for it itself",
  "server-is-reached-unseen": "no server beyond this machine in a test",
  "guards-are-named": "what it counts is compiled in",
  "strictest-term-counts": "what it reckons with is compiled in",
  "breach-terms-are-known": "what it reckons with is compiled in",
  "other-systems-say-when-backups-end": "says held, or not checked",
  "duties-are-told": "says not checked",
};

test("every control has a fault that it finds, or a reason why none can be planted", () => {
  const found = [...ROW_FAULTS, ...OFFICE_FAULTS, ...SERVER_FAULTS, ...LIES];
  const seen = new Set([...found, ...APART].map(({ seenBy }) => seenBy));
  const bare = CONTROLS.map(({ control }) => control).filter((control) => !seen.has(control));
  assert.deepEqual(bare.toSorted(), Object.keys(WITHOUT_FAULT).toSorted());
});

/** Found in posture.test.ts and posture-cases.test.ts: by stores that lie, on a machine, under another law. */
const APART = [
  { seenBy: "files-are-sound" },
  { seenBy: "root-is-apart" },
  { seenBy: "sensitive-needs-explicit-consent" },
  { seenBy: "erased-with-what-it-made" },
  { seenBy: "logged-before-answered" },
  { seenBy: "export-is-whole" },
  { seenBy: "cases-stand-where-the-ledger-says" },
  { seenBy: "erasures-elsewhere-come-to-an-end" },
  { seenBy: "recipients-are-told" },
  { seenBy: "retention-stops-are-answered" },
];
