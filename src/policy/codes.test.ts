import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  configDigest,
  defineConfig,
  isConfigured,
  MECHANISMS,
  policyFromJson,
  policyJson,
  REASONS,
} from "#policy";

const codes = { reasons: ["moved-away", "a-fair"], mechanisms: ["kiosk"], notices: ["autumn"] };

test("docs/how-to/configure.md lists exactly the built-in reasons and mechanisms", () => {
  const doc = readFileSync(`${import.meta.dirname}/../../docs/how-to/configure.md`, "utf8");
  const listed = (row: string) => {
    const [, , cell] = doc
      .split("\n")
      .find((line) => line.startsWith(`| ${row}`))!
      .split("|");
    return [...cell!.matchAll(/`([^`]+)`/g)].map(([, code]) => code!).sort();
  };
  assert.deepEqual(listed("reasons of"), [...REASONS]);
  assert.deepEqual(listed("mechanisms of consent"), [...MECHANISMS]);
});

test("a policy keeps its codes in its JSON, in any order of writing, and one without has none", () => {
  const { policy } = defineConfig({ codes });
  assert.deepEqual(policyFromJson(policyJson(policy)), policy);
  const turned = { ...codes, reasons: codes.reasons.toReversed() };
  assert.equal(
    configDigest(defineConfig({ codes: turned })),
    configDigest(defineConfig({ codes })),
  );
  assert.ok(!("codes" in defineConfig().policy));
});

test("codes of one kind are none of another", () => {
  const { policy } = defineConfig({ codes });
  assert.ok(isConfigured(policy, "mechanisms", "kiosk_v12"));
  assert.ok(!isConfigured(policy, "mechanisms", "kiosk_v0"));
  assert.ok(!isConfigured(policy, "reasons", "kiosk"));
  assert.ok(!isConfigured(policy, "notices", "moved-away"));
});
