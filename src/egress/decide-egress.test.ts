import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { word, type EpochMs, type SubjectId, type Word } from "#kernel";
import {
  decideEgress,
  EGRESS_GUARDS,
  type EgressDecision,
  type EgressRequest,
  type Transfer,
} from "#egress";
import {
  defineConfig,
  gdpr,
  hipaa,
  type ConfigInput,
  type PolicyFacts,
  type ProcessorInput,
} from "#policy";

const at = (day: string) => Date.parse(`${day}T12:00:00Z`) as EpochMs;
const NOW = at("2026-11-21");

const model: ProcessorInput = {
  role: "processor",
  region: "us",
  country: "US",
  dpa: { signed: "2026-01-02", expires: "2027-01-02", document: "DPA-1" },
  baa: { signed: "2026-01-02", expires: "2026-12-02", document: "BAA-17" },
  trainsOnData: false,
  retention: "30 days",
  purposes: ["support", "care"],
  categories: ["preference", "health"],
};

const noFacts: PolicyFacts = {
  gateSeq: 4,
  policySeq: 2,
  consents: new Map(),
  restrictions: [],
  subjectErased: false,
};

function consented(purpose: string, { explicit = true, validUntil = null as EpochMs | null } = {}) {
  const consent = { granted: true, explicit, collectedAt: at("2026-02-01"), validUntil };
  return { ...noFacts, consents: new Map([[purpose, consent]]) };
}

interface Case {
  readonly processor?: object;
  readonly request?: Partial<EgressRequest>;
  readonly facts?: PolicyFacts;
  readonly region?: object;
  readonly packs?: ConfigInput["packs"];
}

function decided({ processor = {}, request = {}, facts = noFacts, region = {}, packs }: Case = {}) {
  const { policy } = defineConfig({
    packs: packs ?? [gdpr(), hipaa()],
    regions: {
      us: { jurisdictions: ["US"], store: "sqlite:./data", hipaaCovered: true, ...region },
    },
    purposes: {
      support: { basis: "contract", categories: ["preference", "account"], retention: "P2Y" },
      care: {
        basis: "contract",
        condition: "health-care",
        categories: ["health"],
        retention: "P6Y",
      },
      improve: { basis: "consent", categories: ["preference"], retention: "P1Y" },
    },
    processors: {
      model: { ...model, ...processor },
      host: { ...model, role: "infrastructure" },
      bare: { ...model, role: "infrastructure", baa: undefined } as never,
    },
  } as ConfigInput);
  const asked: EgressRequest = {
    processor: "model",
    subject: "sub_ada" as SubjectId,
    region: word("us"),
    purposes: [word("support")],
    categories: ["preference"],
    phi: false,
    transfer: null,
    at: NOW,
    ...request,
  };
  return decideEgress(asked, facts, policy);
}

function answer(given: Case = {}): string {
  const decision: EgressDecision = decided(given);
  if (decision.outcome === "permitted") return "permitted";
  return `${decision.outcome}: ${decision.guard}: ${decision.reason}: ${decision.code}`;
}

const care = { purposes: [word("care")], categories: ["health"] } as const;

test("what is registered, under contract, at home, allowed and consented to is permitted", () => {
  assert.equal(answer(), "permitted");
  assert.equal(answer({ request: care }), "permitted");
});

describe("the guard processor", () => {
  test("nothing is given to whom nobody registered, and what was typed is not repeated", () => {
    const decision = decided({ request: { processor: "ada@example.org" } });
    assert.ok(decision.outcome === "refused");
    assert.equal(decision.reason, "processor-unknown");
    assert.equal(decision.details["given"], "a string of 15 characters");
    assert.doesNotMatch(JSON.stringify(decision), /ada@/);
    for (const name of ["constructor", "__proto__", ""]) {
      assert.match(answer({ request: { processor: name } }), /processor-unknown/);
    }
  });

  test("a host holds what is sealed: it is given nothing to read", () => {
    const refused = "refused: processor: host-only: PROCESSOR_REFUSED";
    assert.equal(answer({ request: { processor: "host" } }), refused);
  });
});

describe("the guard contract", () => {
  test("a contract is in force from the day it was signed until the day it expires", () => {
    const refused = "refused: contract: dpa-not-in-force: PROCESSOR_REFUSED";
    const on = (day: string) => answer({ request: { at: at(day) } });
    assert.equal(on("2026-01-01"), refused);
    assert.equal(on("2026-01-02"), "permitted");
    assert.equal(on("2027-01-01"), "permitted");
    assert.equal(on("2027-01-02"), refused);
  });

  test("a contract without an end stays in force", () => {
    const dpa = { signed: "2026-01-02", document: "DPA-1" };
    assert.equal(answer({ processor: { dpa }, request: { at: at("2040-01-01") } }), "permitted");
  });

  test("protected health information needs a business associate agreement as well", () => {
    const none = { processor: { baa: undefined } };
    const missing = "refused: contract: baa-missing: PROCESSOR_REFUSED";
    assert.equal(answer({ ...none, request: care }), missing);
    assert.equal(answer({ ...none, request: { phi: true } }), missing);
    assert.equal(answer(none), "permitted");
    assert.equal(answer({ ...none, request: care, packs: [gdpr()] }), "permitted");
    assert.equal(answer({ ...none, request: care, region: { hipaaCovered: false } }), "permitted");
    const over = "refused: contract: baa-not-in-force: PROCESSOR_REFUSED";
    assert.equal(answer({ request: { ...care, at: at("2026-12-02") } }), over);
  });

  test("the hosts of its region need one too", () => {
    const under = (memory: string | null) =>
      answer({ request: care, region: { hosts: { memory } } });
    assert.equal(under("host"), "permitted");
    assert.equal(under("bare"), "refused: contract: baa-missing: PROCESSOR_REFUSED");
    assert.equal(under(null), "refused: contract: host-unnamed: PROCESSOR_REFUSED");
  });
});

describe("the guard region", () => {
  const abroad = { region: "eu", country: "FR" };
  const transfer: Transfer = { document: word("SCC-3"), validUntil: at("2026-11-30") };

  test("nothing leaves its region without a transfer authorisation", () => {
    const refused = "refused: region: transfer-not-authorised: PROCESSOR_REFUSED";
    assert.equal(answer({ processor: abroad }), refused);
    assert.equal(answer({ processor: abroad, request: { transfer } }), "permitted");
  });

  test("leave ends with the authorisation it rests on", () => {
    const decision = decided({ processor: abroad, request: { transfer } });
    assert.ok(decision.outcome === "permitted");
    assert.equal(decision.notAfter, transfer.validUntil);
  });
});

describe("the guard training", () => {
  test("who trains on what it gets, gets it under explicit consent to that alone", () => {
    const never = { trainsOnData: true };
    const asks = { trainsOnData: true, trainingPurpose: "improve" };
    const missing = "refused: training: training-not-consented: CONSENT_MISSING";
    assert.equal(
      answer({ processor: never, facts: consented("improve") }),
      "refused: training: training-not-allowed: PROCESSOR_REFUSED",
    );
    assert.equal(answer({ processor: asks }), missing);
    assert.equal(
      answer({ processor: asks, facts: consented("improve", { explicit: false }) }),
      missing,
    );
    assert.equal(answer({ processor: asks, facts: consented("support") }), missing);
    assert.equal(answer({ processor: asks, facts: consented("improve") }), "permitted");
  });
});

describe("the guard recipient-category", () => {
  test("a processor gets the categories it is registered for, and all of them must be", () => {
    const refused = "refused: recipient-category: category-not-allowed: PROCESSOR_REFUSED";
    assert.equal(answer({ request: { categories: ["account"] } }), refused);
    assert.equal(answer({ request: { categories: ["preference", "account"] } }), refused);
  });

  test("where the configuration names none, it is a gap", () => {
    assert.equal(
      answer({ processor: { categories: undefined } }),
      "gap: recipient-category: categories-not-configured: POLICY_GAP",
    );
  });
});

describe("the guard recipient-purpose", () => {
  test("a processor is used for the purposes it is registered for, and all of them must be", () => {
    const refused = "refused: recipient-purpose: purpose-not-allowed: PROCESSOR_REFUSED";
    const purposes = (...names: string[]) => answer({ request: { purposes: names as Word[] } });
    assert.equal(purposes("assistant"), refused);
    assert.equal(purposes("support", "assistant"), refused);
    assert.equal(purposes("support", "care"), "permitted");
  });

  test("where the configuration names none, it is a gap", () => {
    assert.equal(
      answer({ processor: { purposes: undefined } }),
      "gap: recipient-purpose: purposes-not-configured: POLICY_GAP",
    );
  });
});

describe("the guard third-party", () => {
  const third = { role: "third-party" };

  test("a third party gets nothing without explicit consent to third_party_sharing", () => {
    const missing = "refused: third-party: explicit-consent-missing: CONSENT_MISSING";
    const sharing = (given: object) => consented("third_party_sharing", given);
    assert.equal(answer({ processor: third }), missing);
    assert.equal(answer({ processor: third, facts: sharing({ explicit: false }) }), missing);
    assert.equal(answer({ processor: third, facts: sharing({ validUntil: NOW }) }), missing);
    assert.equal(answer({ processor: third, facts: consented("support") }), missing);
    assert.equal(answer({ processor: third, facts: sharing({}) }), "permitted");
  });

  test("leave ends with the first consent or contract that it rests on", () => {
    const ends = at("2026-11-25");
    const until = (given: Case) => {
      const decision = decided(given);
      assert.ok(decision.outcome === "permitted");
      return decision.notAfter;
    };
    const facts = consented("third_party_sharing", { validUntil: ends });
    assert.equal(until({ processor: third, facts }), ends);
    assert.equal(until({}), Date.UTC(2027, 0, 2));
    assert.equal(until({ request: care }), Date.UTC(2026, 11, 2));
  });
});

describe("the guard restricted", () => {
  test("a restricted subject's memories are given to nobody", () => {
    const refused = "refused: restricted: subject-restricted: SUBJECT_RESTRICTED";
    const under = (purpose: string | null) => ({ ...noFacts, restrictions: [{ purpose }] });
    assert.equal(answer({ facts: under(null) }), refused);
    assert.equal(answer({ facts: under("support") }), refused);
    assert.equal(answer({ facts: under("care") }), "permitted");
    const { consents } = consented("third_party_sharing");
    const facts = { ...under("third_party_sharing"), consents };
    assert.equal(answer({ processor: { role: "third-party" }, facts }), refused);
  });
});

describe("the guard erased", () => {
  test("of an erased subject nothing is given away", () => {
    const facts = { ...noFacts, subjectErased: true };
    assert.equal(answer({ facts }), "refused: erased: subject-erased: SUBJECT_ERASED");
  });
});

test("the guards are asked in their order: mending one shows the next", () => {
  const given: {
    processor: Record<string, unknown>;
    request: Record<string, unknown>;
    facts: PolicyFacts;
  } = {
    processor: {
      role: "third-party",
      region: "eu",
      country: "FR",
      trainsOnData: true,
      dpa: { signed: "2026-12-01", document: "DPA-1" },
      purposes: ["care"],
      categories: ["account"],
    },
    request: { processor: "nobody" },
    facts: { ...noFacts, restrictions: [{ purpose: null }], subjectErased: true },
  };
  const mends: Record<string, (now: typeof given) => Partial<typeof given>> = {
    processor: () => ({ request: {} }),
    contract: ({ processor }) => ({ processor: { ...processor, dpa: model.dpa } }),
    region: ({ processor }) => ({ processor: { ...processor, region: "us", country: "US" } }),
    training: ({ processor }) => ({ processor: { ...processor, trainsOnData: false } }),
    "recipient-category": ({ processor }) => ({
      processor: { ...processor, categories: ["preference"] },
    }),
    "recipient-purpose": ({ processor }) => ({
      processor: { ...processor, purposes: ["support"] },
    }),
    "third-party": ({ facts }) => ({
      facts: { ...facts, consents: consented("third_party_sharing").consents },
    }),
    restricted: ({ facts }) => ({ facts: { ...facts, restrictions: [] } }),
    erased: ({ facts }) => ({ facts: { ...facts, subjectErased: false } }),
  };
  const asked: string[] = [];
  for (let decision = decided(given); decision.outcome !== "permitted"; decision = decided(given)) {
    asked.push(decision.guard);
    Object.assign(given, mends[decision.guard]!(given));
  }
  assert.deepEqual(asked, [...EGRESS_GUARDS]);
});

describe("docs/guards.md", () => {
  const doc = readFileSync(`${import.meta.dirname}/../../docs/guards.md`, "utf8");
  const own = readFileSync(import.meta.filename, "utf8");

  function faults(text: string): string[] {
    const [, section = ""] = text.split(/^## On the way to a processor$/m);
    const rows = section.split("\n").filter((line) => /^\| \d/.test(line));
    const cells = rows.map((row) => row.split("|").map((cell) => cell.trim()));
    const named = cells.map((cell) => cell[2]!.replaceAll("`", ""));
    const wrong = named.join() === EGRESS_GUARDS.join() ? [] : ["guards or their order"];
    for (const [, , guard, asks, law, title] of cells) {
      if (!asks?.endsWith("?")) wrong.push(`${guard} asks nothing`);
      if (!/Art\.|CFR|choice/.test(law ?? "")) wrong.push(`${guard} has no law`);
      if (!own.includes(`test("${title}"`)) wrong.push(`${guard} has no test`);
    }
    return wrong;
  }

  test("it lists exactly the guards of egress, in order, each with its law and a test that exists", () => {
    assert.deepEqual(faults(doc), []);
  });

  test("the check bites: a guard left out, another order, a test that is not there", () => {
    for (const changed of [
      doc.replace(/^\| 3 \| `region`.*\n/m, ""),
      doc.replace(/^(\| 1 .*\n)(\| 2 .*\n)/m, "$2$1"),
      doc.replace("of an erased subject nothing is given away", "nothing is given away"),
    ]) {
      assert.notEqual(changed, doc);
      assert.notDeepEqual(faults(changed), []);
    }
  });
});
