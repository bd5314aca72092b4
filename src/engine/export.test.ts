import assert from "node:assert/strict";
import { test } from "node:test";

import { openTestOubli } from "./testing.ts";

test("a person without memories is shown what is held, and the log says that it was shown", async () => {
  await using oubli = await openTestOubli();
  const ada = await oubli.subject("ada@example.org", {
    consent: { policyVersion: "v1", mechanism: "signup" },
  });

  const copy = await ada.self().export();

  assert.equal(copy.externalId, "ada@example.org");
  assert.equal(copy.consents.length, 1);
  assert.deepEqual(
    copy.accesses.map(({ type }) => type),
    ["export"],
  );
});
