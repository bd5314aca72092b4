import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { gdpr, hipaa, type ConfigInput, type ProcessorInput } from "#policy";

import { BAA, MODEL } from "../processors.ts";
import { AUDITOR, entriesOf, letters, OFFICER, openPeople } from "../world.ts";

const BOTH = { ...BAA, expires: "2040-01-01" } as const;
const lab: ProcessorInput = {
  ...MODEL,
  name: "Lab Ltd",
  address: "2 Harbour Road, Boston",
  region: "us",
  baa: BOTH,
  purposes: ["care", "study", "billing"],
  categories: ["health", "preference"],
};
const purpose = {
  basis: "contract",
  condition: "health-care",
  categories: ["health", "preference"],
  retention: "P6Y",
} as const;

const CONFIG: ConfigInput = {
  packs: [gdpr(), hipaa()],
  controller: { name: "Clinic Ltd", contact: { email: "privacy@clinic.example" } },
  regions: { us: { jurisdictions: ["US"], store: "sqlite:./unused", hipaaCovered: true } },
  processors: { lab, archive: { ...lab, name: "Archive Inc" } },
  purposes: { care: purpose, study: purpose, billing: { ...purpose, phiUse: "payment" } },
};

const ASTHMA = ["has asthma", { category: "health" }] as const;

async function openClinic(options: Parameters<typeof openPeople>[1] = {}) {
  const world = await openPeople(CONFIG, options);
  const give = async (to: string, purpose: string, ...nodes: readonly string[]) => {
    await world.ada.session({ purpose }).disclose(to, nodes, () => {});
  };
  const told = async (purpose: string, category: "health" | "preference" = "health") => {
    const chat = world.ada.session({ purpose });
    return (await chat.remember(`${category} for ${purpose}`, { category })).nodes[0]!;
  };
  const { accountability } = world.oubli.as(OFFICER);
  const account = (asked = {}) => accountability.accounting(world.ada.id, asked);
  return { ...world, give, told, account, [Symbol.asyncDispose]: () => world.oubli.close() };
}

describe("45 CFR 164.528: the accounting of disclosures of a person", () => {
  test("they may ask for it: within 60 days, 30 more once, and the answer is the list", async () => {
    await using world = await openClinic();
    await world.give("lab", "care", await world.told("care"));
    const { requests } = world.oubli.as(OFFICER);
    const asked = { person: "ada", right: "accounting", manner: "form" } as const;
    const { request } = await world.oubli.requests.receive({ ...asked, identity: "session" });
    const days = (at: number | null) => Math.round((at! - request.receivedAt) / 86_400_000);
    const { law, dueAt, extendedTo } = request.statutory[0]!;
    assert.deepEqual(
      [request.statutory.length, law, days(dueAt), days(extendedTo)],
      [1, "hipaa", 60, 90],
    );
    assert.deepEqual((await requests.advance(request.request)).waitingFor, ["accounting"]);
    await requests.extend(request.request, { reason: "complexity" });
    await assert.rejects(requests.extend(request.request, { reason: "complexity" }), {
      code: "EXTENSION_REFUSED",
    });

    const { request: done, accounting } = await requests.accounting(request.request);

    assert.equal(accounting.disclosures[0]?.recipient, "Lab Ltd");
    assert.deepEqual([done.state, days(done.answerBy)], ["completed", 90]);
    assert.match(done.letters.at(-1)!.text, /list of those to whom.*\n[^]*The list has 1 line/);
  });

  test("of a request for something else it says that it is the right that is wrong", async () => {
    await using world = await openClinic();
    const { requests } = world.oubli.as(OFFICER);
    const asked = { person: "ada", right: "access", manner: "form" } as const;
    const { request } = await world.oubli.requests.receive({ ...asked, identity: "session" });
    await assert.rejects(requests.accounting(request.request), {
      code: "REQUEST_STATE",
      details: { case: request.request, right: "access", accepted: ["accounting"] },
    });
  });

  test("an erasure does not answer for it: what was disclosed is kept, and told, behind it", async () => {
    await using world = await openClinic();
    await world.give("lab", "care", await world.told("care"));
    const { requests } = world.oubli.as(OFFICER);
    const asked = { person: "ada", right: "accounting", manner: "form" } as const;
    const { request } = await world.oubli.requests.receive({ ...asked, identity: "session" });
    await (await world.oubli.as(OFFICER).find("ada"))!.erase();

    assert.deepEqual((await requests.advance(request.request)).waitingFor, ["accounting"]);
    const steps = async () =>
      (await entriesOf(world.oubli, "ledger")).filter(({ to }) => to === "executing").length;
    const before = await steps();
    world.clock.advance({ days: 31 });
    await world.oubli.sweep();
    assert.equal(await steps(), before);
    const { request: done, accounting } = await requests.accounting(request.request);
    assert.equal(accounting.disclosures[0]?.recipient, "Lab Ltd");
    assert.deepEqual([done.state, done.exceptions], ["completed", []]);
    const others = world.oubli.tenant("clinic-b").as(OFFICER).accountability;
    await assert.rejects(others.accounting(world.ada.id), { code: "NOT_FOUND" });
    const auditor = world.oubli.as(AUDITOR).accountability;
    await assert.rejects(auditor.accounting(world.ada.id), { code: "POLICY_REFUSED" });
  });

  test("where HIPAA is not in force nobody may ask for it, and nothing of it is written down", async () => {
    await using world = await openPeople();
    const asked = { person: "ada", right: "accounting", manner: "form" } as const;
    await assert.rejects(world.oubli.requests.receive(asked), {
      code: "INPUT_INVALID",
      message: /field: request\.right; given: accounting; accepted: access \|/,
    });
    assert.throws(() => world.oubli.requests.clocks("accounting"), { code: "INPUT_INVALID" });
    assert.deepEqual((await world.oubli.as(OFFICER).requests.list()).requests, []);
  });

  test("it says when, to whom and where they are, what and why", async () => {
    await using world = await openClinic();
    const node = await world.told("care");
    await world.give("lab", "care", node);
    const { disclosures } = await world.account();
    assert.deepEqual(disclosures, [
      {
        at: Date.UTC(2026, 0, 1),
        recipient: "Lab Ltd",
        address: "2 Harbour Road, Boston",
        description: [{ category: "health", items: 1 }],
        questions: 0,
        purpose: "care",
        series: null,
      },
    ]);
  });

  test("of a series the first is told in full, then how many, how often, and the last date", async () => {
    await using world = await openClinic();
    const [care, study] = [await world.told("care"), await world.told("study")];
    for (let count = 0; count < 4; count += 1) {
      await world.give("lab", "care", care);
      world.clock.advance({ days: 10 });
    }
    await world.give("archive", "care", care);
    await world.give("lab", "study", study);
    const { disclosures } = await world.account();
    assert.deepEqual(
      disclosures.map(({ recipient, purpose, series }) => [recipient, purpose, series]),
      [
        ["Lab Ltd", "care", { number: 4, everyDays: 10, last: Date.UTC(2026, 0, 31) }],
        ["Archive Inc", "care", null],
        ["Lab Ltd", "study", null],
      ],
    );
  });

  test("treatment, payment and operations are left out where a purpose says so, and counted", async () => {
    await using world = await openClinic();
    const [care, bill] = [await world.told("care"), await world.told("billing")];
    await world.give("lab", "billing", bill);
    await world.give("lab", "billing", bill);
    await world.give("lab", "care", care);
    const { disclosures, excluded } = await world.account();
    assert.deepEqual(
      disclosures.map((one) => one.purpose),
      ["care"],
    );
    assert.deepEqual(excluded, { payment: 2 });
  });

  test("what is no health information is not in it", async () => {
    await using world = await openClinic();
    await world.give("lab", "care", await world.told("care", "preference"));
    assert.deepEqual((await world.account()).disclosures, []);
  });

  test("a question that may hold health information counts", async () => {
    const embedder = { ...letters, processor: "lab" };
    await using world = await openClinic({ embedder });
    await world.ada.session({ purpose: "care" }).recall("what helps with asthma?");
    const { disclosures } = await world.account();
    assert.deepEqual(
      disclosures.map(({ questions, description }) => [questions, description]),
      [[1, []]],
    );
  });

  test("an attempt that failed counts: bytes may have left", async () => {
    await using world = await openClinic();
    const chat = world.ada.session({ purpose: "care" });
    const { nodes } = await chat.remember(...ASTHMA);
    const failing = chat.disclose("lab", nodes, () => {
      throw new Error("the line broke");
    });
    await assert.rejects(failing, { code: "SEND_FAILED" });
    assert.equal((await world.account()).disclosures.length, 1);
  });

  test("it reaches back six years, and no further", async () => {
    await using world = await openClinic();
    await world.give("lab", "care", await world.told("care"));
    world.clock.advance({ days: 365 * 6 });
    assert.equal((await world.account()).disclosures.length, 1);
    world.clock.advance({ days: 3 });
    assert.equal((await world.account()).disclosures.length, 0);
    assert.equal((await world.account({ from: 0 })).disclosures.length, 0);
  });

  test("another person's disclosures are not in it", async () => {
    await using world = await openClinic();
    const chat = world.bob.session({ purpose: "care" });
    const { nodes } = await chat.remember(...ASTHMA);
    await chat.disclose("lab", nodes, () => {});
    assert.deepEqual((await world.account()).disclosures, []);
  });

  test("it is for the person and the privacy officer; that it was made is in the ledger", async () => {
    await using world = await openClinic();
    await world.ada.self().accounting();
    await assert.rejects(world.ada.accounting(), { code: "POLICY_REFUSED" });
    const auditor = world.oubli.as(AUDITOR).accountability;
    await assert.rejects(auditor.accounting(world.ada.id), { code: "POLICY_REFUSED" });
    const elsewhere = world.oubli.tenant("other").as(OFFICER).accountability;
    await assert.rejects(elsewhere.accounting(world.ada.id), { code: "NOT_FOUND" });
    const made = (await entriesOf(world.oubli, "ledger")).filter(
      ({ t }) => t === "accounting.made",
    );
    assert.equal(made.length, 1);
    assert.equal(made[0]!["subject"], world.ada.id);
  });
});
