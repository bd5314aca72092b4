import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { isOubliError } from "#kernel";
import {
  configDigest,
  defineConfig,
  hipaa,
  policyFromJson,
  policyJson,
  type ConfigInput,
  type ProcessorInput,
} from "#policy";

const DPA = { signed: "2026-01-02", document: "DPA-1" };
const BAA = { signed: "2026-01-02", expires: "2028-01-02", document: "BAA-17" };

const model: ProcessorInput = {
  role: "processor",
  region: "us",
  country: "US",
  dpa: DPA,
  trainsOnData: false,
  retention: "30 days",
};
const host: ProcessorInput = { ...model, role: "infrastructure", baa: BAA };

function config(processor: object, region: object = {}): ConfigInput {
  return {
    packs: [hipaa()],
    regions: { us: { jurisdictions: ["US"], store: "sqlite:./data", ...region } },
    processors: { host, model: { ...model, ...processor } },
  };
}

/** `field: given: accepted` of the rejection. */
function rejection(input: unknown): string {
  try {
    defineConfig(input as ConfigInput);
  } catch (error) {
    if (!isOubliError(error, "CONFIG_INVALID")) throw error;
    const { field, given, accepted } = error.details;
    return `${String(field)}: ${String(given)}: ${String(accepted)}`;
  }
  throw new Error("accepted");
}

describe("the registry of processors", () => {
  test("a processor is taken with its role, place, contracts, training use and retention", () => {
    const { processors } = defineConfig(config({ baa: BAA, categories: ["health"] })).policy;
    assert.deepEqual(processors!["model"], {
      ...model,
      dpa: { ...DPA, expires: null },
      baa: BAA,
      trainingPurpose: null,
      purposes: null,
      categories: ["health"],
    });
  });

  test("every rejection names the field", () => {
    const roles = "processor,sub-processor,infrastructure,third-party";
    for (const [change, said] of [
      [{ role: "vendor" }, `role: vendor: ${roles}`],
      [
        { region: "U S" },
        "region: a string of 3 characters: a code: a-z 0-9 _ -, at most 64 characters",
      ],
      [{ country: "usa" }, "country: usa: an ISO 3166 code of two capitals"],
      [{ country: "FR" }, "country: a string of 2 characters: US"],
      [{ dpa: undefined }, "dpa: nothing: an object"],
      [
        { dpa: { ...DPA, signed: "2026-02-30" } },
        "dpa.signed: a string of 10 characters: a day, such as 2026-05-01",
      ],
      [
        { dpa: { ...DPA, expires: "2026-01-02" } },
        "dpa.expires: a string of 10 characters: a day after it was signed",
      ],
      [
        { dpa: { ...DPA, document: "the one in the drawer" } },
        "dpa.document: a string of 21 characters: a code of letters, digits, _ . and -",
      ],
      [{ baa: DPA }, "baa.expires: nothing: a day, such as 2026-05-01"],
      [{ trainsOnData: "no" }, "trainsOnData: no: a boolean"],
      [{ trainingPurpose: "analytic" }, "trainingPurpose: analytic: "],
      [{ retention: "" }, "retention: a string of 0 characters: at least 1"],
      [{ purposes: ["suport"] }, "purposes.0: suport: "],
      [{ categories: ["blood"] }, "categories.0: blood: "],
      [
        { url: "x" },
        "url: an undeclared field: only name | address | role | region | country | dpa",
      ],
    ] as const) {
      const told = rejection(config(change));
      assert.ok(told.startsWith(`processors.model.${said}`), told);
    }
  });

  test("training is allowed by consent alone: its purpose rests on nothing else", () => {
    const purposes = { improve: { basis: "contract", categories: ["preference"] } };
    const input = { ...config({ trainingPurpose: "improve" }), purposes };
    assert.match(rejection(input), /trainingPurpose: improve: a purpose that rests on consent/);
  });

  test("a policy without processors has the digest that it had before there were any", () => {
    assert.ok(!("processors" in defineConfig().policy));
    assert.notEqual(configDigest(defineConfig(config({}))), configDigest(defineConfig()));
  });

  test("a stored policy comes back with its processors and hosts", () => {
    const hosts = { memory: "host", keys: "self", backup: null };
    const { policy } = defineConfig(config({ baa: BAA }, { hosts }));
    assert.deepEqual(policyFromJson(policyJson(policy)), policy);
  });
});

describe("the hosts of a region", () => {
  const hostsOf = (region: object) => defineConfig(config({}, region)).policy.regions["us"]!.hosts;

  test("files of this process are the controller's own, until their host is named", () => {
    assert.equal(hostsOf({}), undefined);
    assert.deepEqual(hostsOf({ hosts: { memory: "host" } }), {
      memory: "host",
      keys: "host",
      audit: "host",
    });
  });

  test("a host that is known and has no contract is said with null", () => {
    assert.deepEqual(hostsOf({ hosts: { backup: null } }), { backup: null });
  });

  test("a store that is reached over a connection is somebody's, until it is said whose", () => {
    const store = "postgres://oubli@db.example/oubli";
    assert.deepEqual(hostsOf({ store }), { memory: null, keys: null, audit: null });
    assert.equal(hostsOf({ store, hosts: { memory: "self" } }), undefined);
  });

  test("a root that is no folder is somebody's, until it is said whose", () => {
    assert.deepEqual(hostsOf({ root: "vault:https://vault.example" }), { root: null });
    assert.equal(
      hostsOf({ root: "vault:https://vault.example", hosts: { root: "self" } }),
      undefined,
    );
    assert.equal(hostsOf({ root: "C:\\keys" }), undefined);
  });

  test("a host is the controller itself, or registered infrastructure in the same region", () => {
    for (const name of ["model", "nobody", "abroad"]) {
      const input = config({}, { hosts: { memory: name } });
      const abroad = { ...host, region: "eu", country: "FR" };
      const told = rejection({ ...input, processors: { ...input.processors, abroad } });
      assert.equal(told, `regions.us.hosts.memory: ${name}: self,host`);
    }
    assert.match(rejection({ processors: { self: host } }), /processors.self: self: another name/);
  });
});
