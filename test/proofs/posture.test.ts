import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ROW_IDS } from "#posture";

import { ENGINES } from "./support/ground.ts";
import { openClinic } from "./support/posture-world.ts";

describe("on a healthy installation", () => {
  for (const engine of ENGINES) {
    test(`every promise is held, or says that it was not checked (${engine})`, async () => {
      await using clinic = await openClinic(engine);
      const { findings, rows, held, broken, notChecked } = await clinic.check();
      assert.deepEqual(
        findings.filter(({ state }) => state === "broken"),
        [],
      );
      assert.equal(broken, 0);
      assert.equal(held + notChecked, ROW_IDS.length);
      assert.ok(held > 25);
      for (const { state, checked } of rows) assert.equal(state === "held", checked > 0);
    });
  }
});
