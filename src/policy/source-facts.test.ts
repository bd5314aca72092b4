import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  defineConfig,
  policyDigest,
  policyFromJson,
  policyJson,
  sourcesIn,
  withSources,
} from "#policy";
import { word } from "#kernel";

const CRM = {
  tier: word("primary"),
  eraseAfter: [],
  region: null,
  processor: null,
  backupsEnd: "P35D",
  can: [word("erase"), word("verify")],
};

describe("the systems that a policy knows", () => {
  const { policy } = defineConfig({});

  test("stand in its digest, and come back from its text as they were", () => {
    const knowing = withSources(policy, { crm: CRM });
    assert.notEqual(policyDigest(knowing), policyDigest(policy));
    const read = policyFromJson(policyJson(knowing));
    assert.deepEqual(read.sources, { crm: CRM });
    assert.equal(policyDigest(read), policyDigest(knowing));
    assert.deepEqual(sourcesIn(policyJson(knowing)), { crm: CRM });
  });

  test("leave no trace where there are none: the digest is what it was before there could be any", () => {
    assert.equal(withSources(policy, {}), policy);
    const emptied = withSources(withSources(policy, { crm: CRM }), {});
    assert.equal(policyDigest(emptied), policyDigest(policy));
    assert.deepEqual(sourcesIn(policyJson(policy)), {});
  });

  test("a stored text that says something else of them is refused", () => {
    for (const wrong of [
      [],
      "crm",
      { crm: {} },
      { "Ada's": CRM },
      { crm: { ...CRM, colour: 1 } },
    ]) {
      const text = JSON.stringify({ sources: wrong });
      assert.throws(() => sourcesIn(text), { code: "CONFIG_INVALID" }, text);
    }
  });
});
