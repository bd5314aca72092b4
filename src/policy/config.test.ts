import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { canonicalJson, isOubliError, type Json } from "#kernel";
import {
  configDigest,
  defineConfig,
  gdpr,
  hipaa,
  policyFromJson,
  policyJson,
  sb243,
  type ConfigInput,
  type Pack,
} from "#policy";

import * as fc from "../../test/support/properties.ts";
import { packSets, purposeSets } from "./world.test.ts";

function rejection(input: unknown): Readonly<Record<string, unknown>> {
  try {
    defineConfig(input as ConfigInput);
  } catch (error) {
    if (isOubliError(error, "CONFIG_INVALID")) return error.details;
    throw error;
  }
  throw new Error("accepted");
}

function nodesMaxUnder(packs: readonly Pack[]): number | undefined {
  return defineConfig({ packs }).policy.purposes["assistant"]?.maxNodes;
}

const names = fc.constantFrom("a", "b", "constructor");
const counts = fc.integer({ min: 1, max: 100 });

/** What a configuration may say beside its packs and purposes, each part of it or none. */
const restOfConfig = fc.record(
  {
    analytics: fc.record(
      {
        events: fc.dictionary(
          names,
          fc.record(
            {
              dimensions: fc.dictionary(names, fc.uniqueArray(names, { minLength: 1 })),
            },
            { requiredKeys: [] },
          ),
        ),
        epsilonPerDay: fc.integer({ min: 1, max: 10_000 }).map((milli) => milli / 1000),
        perSession: counts,
        threshold: fc.nat(1000),
      },
      { requiredKeys: ["events"] },
    ),
    retention: fc.constant({ contact: "P1Y" }),
    codes: fc.record({ reasons: fc.uniqueArray(names) }, { requiredKeys: [] }),
    controller: fc.constant({ name: "Ada & Co", contact: { email: "a@example.org" } }),
    law: fc.dictionary(
      fc.constantFrom("gdpr", "ccpa"),
      fc.record({ timeZone: fc.constant("Europe/Berlin"), figures: fc.constant({ one: 5 }) }),
    ),
    processors: fc.constant({
      mail: {
        role: "processor",
        region: "eu",
        country: "DE",
        dpa: { signed: "2026-01-01", document: "dpa-1" },
        trainsOnData: false,
        retention: "until told",
      },
    }),
    regions: fc.record({
      eu: fc.record(
        {
          jurisdictions: fc.constantFrom(["EEA"], ["US", "EEA"]),
          store: fc.constant("sqlite:./eu"),
          hipaaCovered: fc.boolean(),
          hosts: fc.constantFrom({ memory: "mail" }, { backup: null }),
        },
        { requiredKeys: ["jurisdictions", "store"] },
      ),
    }),
  },
  { requiredKeys: ["regions"] },
);

function at(store: string, more = {}): ConfigInput {
  return { regions: { eu: { jurisdictions: ["EEA"], store, ...more } } };
}

describe("defineConfig", () => {
  test("with nothing given: one region for everyone, the gdpr pack, the standard purposes", () => {
    const { regions, policy } = defineConfig();
    const legal = { jurisdictions: ["*"], hipaaCovered: false };
    assert.deepEqual(regions, {
      default: { ...legal, store: "sqlite:./oubli-data", root: null },
    });
    assert.deepEqual(policy.regions, { default: legal });
    assert.deepEqual(
      policy.packs.map(({ profile }) => profile),
      ["oubli-2026.1", "gdpr-2026.1"],
    );
    assert.deepEqual(Object.keys(policy.purposes), [
      "assistant",
      "marketing_email",
      "analytics",
      "third_party_sharing",
      "personalization",
    ]);
    for (const { basis } of Object.values(policy.purposes)) assert.equal(basis, "consent");
  });

  test("the result is plain JSON, frozen at every depth, and apart from what was given", () => {
    const given = { packs: [gdpr()], purposes: { support: { categories: ["account" as const] } } };
    const config = defineConfig(given);
    const json = JSON.parse(canonicalJson(config as unknown as Json)) as unknown;
    assert.deepEqual(json, config);
    assert.throws(() => Object.assign(config.policy.purposes["support"]!, { basis: "consent" }));
    assert.throws(() => (config.policy.packs as unknown[]).push(sb243()));
    given.purposes.support.categories.push("account");
    assert.deepEqual(config.policy.purposes["support"]?.categories, ["account"]);
  });

  test("a purpose of a standard purpose's name takes its place as a whole", () => {
    const { purposes } = defineConfig({ purposes: { analytics: { basis: "contract" } } }).policy;
    assert.equal(purposes["analytics"]?.basis, "contract");
    assert.equal(purposes["analytics"]?.categories, null);
  });

  test("a purpose without maxNodes takes the packs' limit", () => {
    assert.equal(nodesMaxUnder([gdpr()]), 100);
    assert.equal(nodesMaxUnder([gdpr(), hipaa()]), 50);
  });
});

describe("CONFIG_INVALID names the field, what was given and what is accepted", () => {
  const region = { jurisdictions: ["DE"], store: "sqlite:./de" };
  const health = { basis: "contract", categories: ["health"] };
  for (const [input, field, given, accepted] of [
    [null, "config", "null", "an object"],
    [
      { foo: 1 },
      "foo",
      "an undeclared field",
      "only packs | regions | purposes | processors | codes | transfers | retention | controller | law | analytics",
    ],
    [{ packs: [] }, "packs", "an array of 0", "at least 1"],
    [{ packs: [gdpr(), gdpr()] }, "packs.2.name", "gdpr", "each only once"],
    [{ packs: [{ ...gdpr(), name: "oubli" }] }, "packs.0.name", "oubli", "a name of your own"],
    [
      { packs: [{ ...gdpr(), rules: {} }] },
      "packs.0.name",
      "gdpr",
      "the gdpr pack as it is shipped, or a name of your own",
    ],
    [
      { packs: [gdpr(), { ...gdpr(), name: "own" }] },
      "packs.1.profile",
      "a string of 11 characters",
      "the gdpr pack as it is shipped, or a profile of your own",
    ],
    [{ regions: {} }, "regions", 0, "at least one region"],
    [
      { regions: { a: { ...region, store: "mysql://there" } } },
      "regions.a.store",
      "a string of 13 characters",
      "sqlite: and a folder, such as sqlite:./oubli-data, or a postgres:// URL",
    ],
    [
      { regions: { a: { ...region, store: undefined } } },
      "regions.a.store",
      "nothing",
      /^sqlite: and a folder, .* \| one such URL for each/,
    ],
    [
      { regions: { a: { ...region, store: { memory: "postgres://there" } } } },
      "regions.a.store.keys",
      "nothing",
      "a postgres:// URL",
    ],
    ...["./de", "./de/root"].map(
      (root) =>
        [
          { regions: { a: { ...region, root } } },
          "regions.a.root",
          `a string of ${root.length} characters`,
          "a folder outside the store's",
        ] as const,
    ),
    [
      { regions: { a: { juridictions: ["DE"], store: "sqlite:./de" } } },
      "regions.a.juridictions",
      "an undeclared field",
      /^only jurisdictions \|/,
    ],
    ...["UK", "EU", "DEU"].map(
      (area) =>
        [
          { regions: { a: { ...region, jurisdictions: [area] } } },
          "regions.a.jurisdictions.0",
          `a string of ${area.length} characters`,
          /such as FR or GB, EEA, or \*$/,
        ] as const,
    ),
    [{ packs: [gdpr] }, "packs.0", "a function", "a pack, such as gdpr()"],
    [{ purposes: { x: { retention: 730 } } }, "purposes.x.retention", 730, /P90D$/],
    [{ purposes: { "Ada L.": {} } }, "purposes", "a string of 6 characters", /^a code: /],
    [
      { purposes: { x: { basis: "because" } } },
      "purposes.x.basis",
      "because",
      /^consent,contract,/,
    ],
    [
      { purposes: { x: { condition: "consent" } } },
      "purposes.x.condition",
      "consent",
      /^explicit-consent,/,
    ],
    [
      { purposes: { x: { retention: "30 days" } } },
      "purposes.x.retention",
      "a string of 7 characters",
      /P90D/,
    ],
    [{ purposes: { x: { maxNodes: 101 } } }, "purposes.x.maxNodes", 101, "at most 100"],
    [{ packs: [hipaa()], purposes: { x: { maxNodes: 51 } } }, "purposes.x.maxNodes", 51, "1 to 50"],
    [
      { purposes: { x: { categories: ["mood"] } } },
      "purposes.x.categories.0",
      "mood",
      /preference,/,
    ],
    [
      { purposes: { x: { roles: ["a", "a"] } } },
      "purposes.x.roles",
      "an array of 2",
      "each only once",
    ],
    [{ purposes: { x: health } }, "purposes.x.condition", "nothing", /^explicit-consent,/],
    [
      { purposes: { x: { ...health, condition: "health-care" } } },
      "purposes.x.retention",
      "nothing",
      "a duration of at most 100 years such as P90D, or a retentionJustification in words",
    ],
    [
      { purposes: { x: { ...health, condition: "health-care", retention: "P9999Y" } } },
      "purposes.x.retention",
      "a string of 6 characters",
      "a duration of at most 100 years such as P90D, or a retentionJustification in words",
    ],
    [
      { purposes: { third_party_sharing: { basis: "contract" } } },
      "purposes.third_party_sharing.basis",
      "contract",
      "consent",
    ],
    [
      { retention: { mood: "P1D" } },
      "retention.mood",
      "an undeclared field",
      /^only preference \|/,
    ],
  ] as const) {
    test(`${field}: ${String(accepted)}`, () => {
      const details = rejection(input);
      assert.equal(details["field"], field);
      assert.equal(details["given"], given);
      if (typeof accepted === "string") assert.equal(String(details["accepted"]), accepted);
      else assert.match(String(details["accepted"]), accepted);
    });
  }
});

describe("special categories do not stay for ever by silence (GDPR Art. 5(1)(e))", () => {
  const care = { basis: "contract", condition: "health-care", categories: ["health"] } as const;

  test("a retention, a retention of the category, or a reason in words is enough", () => {
    defineConfig({ purposes: { care: { ...care, retention: "P10Y" } } });
    defineConfig({ purposes: { care }, retention: { health: "P10Y" } });
    const retentionJustification = "kept while the person is treated here";
    defineConfig({ purposes: { care: { ...care, retentionJustification } } });
  });

  test("a retention of another category is not", () => {
    const details = rejection({ purposes: { care }, retention: { genetic: "P10Y" } });
    assert.equal(details["field"], "purposes.care.retention");
  });
});

describe("a policy's JSON", () => {
  test("comes back as the same policy, for any configuration that is accepted", () => {
    fc.assert(
      fc.property(packSets, purposeSets, restOfConfig, (packs, purposes, rest) => {
        let policy;
        try {
          policy = defineConfig({ packs, purposes, ...rest } as ConfigInput).policy;
        } catch {
          return fc.pre(false);
        }
        assert.deepEqual(policyFromJson(policyJson(policy)), policy);
        return true;
      }),
    );
  });

  test("is refused when it is not what would be written: a field changed, added or left out", () => {
    const text = policyJson(defineConfig().policy);
    for (const changed of [
      "",
      "null",
      `${text} `,
      text.replace('"version":1', '"version":2'),
      text.replace(',"use":"quote"', ""),
      text.replace('"maxNodes":100', '"maxNodes":1000'),
      text.replace('"condition":"explicit-consent"', '"condition":null'),
      text.replace('"name":"oubli"', '"name":"other"'),
      text.replace('"version":1', '"version":1,"extra":0'),
    ]) {
      assert.notEqual(changed, text);
      assert.throws(() => policyFromJson(changed), { code: "CONFIG_INVALID" });
    }
  });
});

describe("the configuration's digest", () => {
  test("does not change when a folder moves", () => {
    const here = configDigest(defineConfig(at("sqlite:./here")));
    assert.equal(configDigest(defineConfig(at("sqlite:/elsewhere", { root: "/keys" }))), here);
    assert.match(here, /^[0-9a-f]{64}$/);
  });

  test("changes with every change of a rule", () => {
    const digests = [
      {},
      { packs: [gdpr(), sb243()] },
      { packs: [gdpr(), { name: "own", profile: "own-1", rules: {} }] },
      { packs: [gdpr(), { name: "own", profile: "own-2", rules: {} }] },
      { purposes: { support: {} } },
      { purposes: { support: { basis: "contract" as const } } },
      { retention: { contact: "P1Y" } },
      at("sqlite:./oubli-data"),
      at("sqlite:./oubli-data", { hipaaCovered: true }),
    ].map((input) => configDigest(defineConfig(input)));
    assert.equal(new Set(digests).size, digests.length);
  });

  test("does not depend on the order in which lists and keys were written", () => {
    const one = { support: { categories: ["account", "contact"], basis: "contract" } } as const;
    const two = { support: { basis: "contract", categories: ["contact", "account"] } } as const;
    assert.equal(
      configDigest(defineConfig({ purposes: one })),
      configDigest(defineConfig({ purposes: two })),
    );
  });
});
