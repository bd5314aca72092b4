import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";

/**
 * Where a person lives, and where others are established, may be read here alone, and for this
 * alone. Whatever decides about people knows neither: packs hold for everybody.
 */
const MAY: Readonly<Record<string, readonly string[]>> = {
  "the region that a person's data are kept in": [
    "src/policy/config.ts",
    "src/policy/config-input.ts",
    "src/policy/config-schema.ts",
    "src/policy/home-region.ts",
    "src/policy/index.ts",
    "src/policy/jurisdiction.ts",
    "src/policy/policy.ts",
    "src/policy/resolve-policy.ts",
    "src/engine/input/shapes.ts",
    "src/engine/options.ts",
    "src/engine/oubli.ts",
    "src/engine/regions/router.ts",
    "src/cli/",
  ],
  "who receives something": [
    "src/policy/decide-transfer.ts",
    "src/policy/processor.ts",
    "src/policy/processor-schema.ts",
    "src/policy/resolve-processors.ts",
    "src/policy/standing-transfers.ts",
    "src/egress/disclosures.ts",
    "src/egress/send.ts",
    "src/law/breach-clocks.ts",
    "src/law/in-force.ts",
    "src/law/profile.ts",
    "src/law/profiles/hipaa.ts",
    "src/law/profiles/sb446.ts",
    "src/breach/",
    "src/engine/input/breach-shapes.ts",
  ],
  "what letters, reports and notices say": [
    "src/accountability/",
    "src/posture/",
    "src/rights/package/lists.ts",
    "src/rights/package/processing.ts",
    "src/rights/package/report/",
    "src/rights/package/shapes.ts",
  ],
};

const READS = /jurisdiction|\bcountry\b|\bresiden(t|ce)/i;

const code = (source: string): string =>
  source.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "");

/** Whether a file reads where somebody lives although it may not. */
function strays(file: string, source: string): boolean {
  const may = Object.values(MAY).some((files) => files.some((one) => file.startsWith(one)));
  return !may && READS.test(code(source));
}

const files = globSync("src/**/*.ts")
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => !file.endsWith(".test.ts"));

test("nothing but region routing, recipients and letter text reads the jurisdiction", () => {
  assert.ok(files.length > 100, "a check that sees no files would pass for ever");
  assert.deepEqual(
    files.filter((file) => strays(file, readFileSync(file, "utf8"))),
    [],
  );
});

test("whoever is named as a reader is there, and reads", () => {
  for (const one of Object.values(MAY).flat()) {
    const own = files.filter((file) => file.startsWith(one));
    assert.ok(
      own.some((file) => READS.test(code(readFileSync(file, "utf8")))),
      `${one} reads nothing`,
    );
  }
});

describe("the check bites", () => {
  for (const [what, file, source] of [
    [
      "a decision",
      "src/policy/decide-use.ts",
      'if (person.jurisdiction === "DE") return refuse();',
    ],
    ["a clock", "src/rights/requests/clocks.ts", "const laws = lawsFor(request.residence);"],
    ["a wall", "src/memory/recall.ts", 'const strict = country === "FR";'],
  ] as const) {
    test(what, () => assert.ok(strays(file, source)));
  }

  test("and leaves comments alone", () => {
    assert.ok(!strays("src/memory/recall.ts", "/** Wherever the country is. */\n// residence\n"));
  });
});
