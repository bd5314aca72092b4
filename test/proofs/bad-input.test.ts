import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";

import { openOubli, openTestOubli, type Oubli } from "#engine";
import { isOubliError, type OubliError } from "#kernel";
import type { ConfigInput } from "#policy";

import { BAD_CALLS, type BadCall, type BadWorld } from "./support/bad-calls.ts";
import { BAD_CONFIGS } from "./support/bad-configs.ts";
import { BAD_NAMES, BAD_VALUES, CANARY, CODE_CANARY, tells, TEXTS } from "./support/bad-values.ts";

// Proof 10, first half: whatever is given, the answer is an error by code that says which field, what
// kind of thing was given, and what would be accepted; nothing of the input is in it; and nothing is
// lost. Method: every parameter of the public face against every kind of value.

const CONFIG: ConfigInput = {
  purposes: {
    support: {
      basis: "contract",
      categories: ["preference"],
      retention: "P2Y",
      metadata: ["note"],
    },
    news: { basis: "consent", categories: ["preference"], retention: "P1Y" },
  },
};

describe("every parameter, against every kind of value", () => {
  for (const [name, bad] of Object.entries(BAD_CALLS)) {
    test(name, async () => {
      await using world = await openBadWorld();
      const wrong: string[] = [];
      for (const label of BAD_NAMES) {
        const found = await faultOf(bad, world, label);
        if (found !== null) wrong.push(`${label}: ${found}`);
      }
      assert.deepEqual(wrong, []);
      await stillGood(world);
    });
  }
});

describe("defineConfig, against every kind of value in every field", () => {
  for (const [name, bad] of Object.entries(BAD_CONFIGS)) {
    test(name, async () => {
      const wrong: string[] = [];
      for (const label of BAD_NAMES) {
        const found = await faultOf(bad, {} as BadWorld, label, { words: true });
        if (found !== null) wrong.push(`${label}: ${found}`);
      }
      assert.deepEqual(wrong, []);
    });
  }

  test("openOubli refuses what is neither a configuration nor options, and opens nothing", async () => {
    for (const bad of ["x", 5, null, [], { policy: 1 }, { regions: {} }, { packs: [{}] }]) {
      await assert.rejects(openOubli(bad as never), { code: "CONFIG_INVALID" });
    }
    for (const bad of [
      null,
      "x",
      { tenant: CANARY },
      { actor: { kind: "app", id: CANARY } },
      { sweep: "daily" },
      { derivers: { [CANARY]: () => "x" } },
      { derivers: { summary: 5 } },
      { clock: {} },
      { embedder: {} },
      { [CODE_CANARY]: 1 },
    ]) {
      const error = await openOubli({}, bad as never).catch((error: unknown) => error);
      assert.ok(isOubliError(error, "INPUT_INVALID"), inspect(error));
      assert.deepEqual(leaksOf(error), []);
    }
  });
});

describe("an undeclared field is refused wherever fields are declared, and the declared are named", () => {
  const extra = { [CODE_CANARY]: 1 } as object;
  const notice = { purpose: "news", policyVersion: "v1", mechanism: "form" };
  const calls: Record<string, (world: BadWorld) => unknown> = {
    "oubli.as": ({ oubli }) => oubli.as({ kind: "app", id: "x", ...extra }),
    "oubli.subject": ({ oubli }) => oubli.subject("ada", extra),
    "subject.session": ({ ada }) => ada.session({ purpose: "support", ...extra }),
    "subject.get": ({ ada, nodes }) => ada.get(nodes[0]!, extra),
    "subject.list": ({ ada }) => ada.list(extra),
    "subject.correct": ({ ada, nodes }) => ada.correct(nodes[0]!, "x", extra),
    "subject.forget": ({ ada, nodes }) => ada.forget(nodes[0]!, extra),
    "subject.erase": ({ ada }) => ada.erase(extra),
    "subject.hold": ({ officer }) => officer.hold({ case: "c", reason: "litigation", ...extra }),
    "subject.restrict": ({ ada }) => ada.restrict({ ground: "objection", ...extra }),
    "consent.grant": ({ ada }) => ada.consent.grant({ ...notice, ...extra }),
    "consent.withdraw": ({ ada }) => ada.consent.withdraw({ ...notice, ...extra }),
    "withdraw, after": ({ ada }) =>
      ada.consent.withdraw(notice, { keepOn: "legal-claims", ...extra }),
    "session.remember": ({ ada }) => chatOf(ada).remember("x", extra),
    "a message": ({ ada }) => chatOf(ada).remember([{ role: "user", content: "x", ...extra }]),
    "a source": ({ ada }) =>
      chatOf(ada).remember("x", { source: { system: "a", event: "b", ...extra } }),
    "session.recall": ({ ada }) => chatOf(ada).recall("x", extra),
    "session.block": ({ ada }) => chatOf(ada).block("profile", "x", extra),
  };
  for (const [name, call] of Object.entries(calls)) {
    test(name, async () => {
      await using world = await openBadWorld();
      const error = await errorOf(() => call(world));
      assert.ok(isOubliError(error, "INPUT_INVALID"), inspect(error));
      assert.equal(error.details["given"], "an undeclared field");
      assert.match(String(error.details["accepted"]), /^only \w+( \| \w+)*$/);
      assert.deepEqual(leaksOf(error), []);
      await stillGood(world);
    });
  }
});

describe("what is well-formed and yet not allowed is answered by its own code", () => {
  const cases: Record<string, [code: string, call: (world: BadWorld) => unknown]> = {
    "a purpose that is not declared": [
      "PURPOSE_UNKNOWN",
      ({ ada }) => ada.session({ purpose: CODE_CANARY }).recall(CANARY),
    ],
    "a person who is not there": [
      "NOT_FOUND",
      ({ oubli }) => oubli.subjectById(`sub_${"x".repeat(22)}`),
    ],
    "a memory that is not there": [
      "NOT_FOUND",
      ({ ada }) => ada.get(`node_${"x".repeat(22)}`, { purpose: "support" }),
    ],
    "a hold that is not there": [
      "NOT_FOUND",
      ({ officer }) => officer.release(`hold_${"x".repeat(22)}`),
    ],
    "a restriction that is not there": [
      "NOT_FOUND",
      ({ officer }) => officer.lift(`res_${"x".repeat(22)}`),
    ],
    "a certificate that is not there": [
      "NOT_FOUND",
      ({ oubli, ada }) => oubli.certificate(ada.id, `era_${"x".repeat(22)}`),
    ],
    "an entry that is not there": ["NOT_FOUND", ({ oubli }) => oubli.audit.prove("ledger", 999)],
    "no consent": [
      "CONSENT_MISSING",
      ({ ada }) => ada.session({ purpose: "news" }).remember(CANARY),
    ],
    "metadata that is not declared": [
      "INPUT_INVALID",
      ({ ada }) => chatOf(ada).remember(CANARY, { metadata: { [CODE_CANARY]: CANARY } }),
    ],
    "metadata with a key from a prototype": [
      "INPUT_INVALID",
      ({ ada }) => chatOf(ada).remember(CANARY, { metadata: { constructor: CANARY } as never }),
    ],
    "metadata beyond its limit": [
      "INPUT_INVALID",
      ({ ada }) => chatOf(ada).remember("x", { metadata: { note: CANARY.padEnd(4097, "x") } }),
    ],
    "an external id beyond its limit": [
      "INPUT_INVALID",
      ({ oubli }) => oubli.subject(CANARY.padEnd(513, "x")),
    ],
    "a question beyond its limit": [
      "INPUT_INVALID",
      ({ ada }) => chatOf(ada).recall(CANARY.padEnd(64 * 1024 + 1, "é")),
    ],
    "more messages than a call takes": [
      "INPUT_INVALID",
      ({ ada }) =>
        chatOf(ada).remember(
          Array.from({ length: 1001 }, () => ({ role: "user", content: CANARY })),
        ),
    ],
    "more roles than an actor has": [
      "INPUT_INVALID",
      ({ oubli }) =>
        oubli.as({ kind: "app", id: "shop", roles: Array.from({ length: 33 }, codeAt) }),
    ],
    "a role twice": [
      "INPUT_INVALID",
      ({ oubli }) => oubli.as({ kind: "app", id: "shop", roles: [CODE_CANARY, CODE_CANARY] }),
    ],
    "more purposes than a memory has": [
      "INPUT_INVALID",
      ({ ada }) =>
        ada.session({ purpose: "support", storeFor: Array.from({ length: 65 }, codeAt) }),
    ],
    "a purpose twice": [
      "INPUT_INVALID",
      ({ ada }) => chatOf(ada).remember(CANARY, { purposes: ["support", "support"] }),
    ],
    "a country that no region serves": [
      "INPUT_INVALID",
      ({ oubli }) => oubli.subject("eve", { jurisdiction: "USA1" }),
    ],
  };
  for (const [name, [code, call]] of Object.entries(cases)) {
    test(`${name}: ${code}`, async () => {
      await using world = await openBadWorld();
      const error = await errorOf(() => call(world));
      assert.ok(isOubliError(error, code as never), inspect(error));
      assert.deepEqual(leaksOf(error), []);
      await stillGood(world);
    });
  }

  test("a consent that has run out: CONSENT_MISSING, for reading and writing", async () => {
    await using world = await openBadWorld();
    const validUntil = world.oubli.clock.now() + 1000;
    const notice = { policyVersion: "v1", mechanism: "form", validUntil };
    await world.ada.consent.grant({ purpose: "news", ...notice });
    const news = world.ada.session({ purpose: "news" });
    await news.remember("in time");
    world.oubli.clock.advance({ ms: 1000 });
    for (const call of [() => news.remember(CANARY), () => news.recall(CANARY)]) {
      const error = await errorOf(call);
      assert.ok(isOubliError(error, "CONSENT_MISSING"));
      assert.deepEqual(leaksOf(error), []);
    }
  });

  test("a person who was erased: SUBJECT_ERASED, whatever is asked", async () => {
    await using world = await openBadWorld();
    await world.ada.erase();
    const notice = { purpose: "news", policyVersion: "v1", mechanism: "form" };
    for (const call of [
      () => chatOf(world.ada).remember(CANARY),
      () => chatOf(world.ada).recall(CANARY),
      () => world.ada.self().export(),
      () => world.ada.self().list(),
      () => world.ada.consent.grant(notice),
    ]) {
      const error = await errorOf(call);
      assert.ok(isOubliError(error, "SUBJECT_ERASED"), inspect(error));
      assert.deepEqual(leaksOf(error), []);
    }
  });

  test("an Oubli that is closed: CLOSED, for every call that needs a store", async () => {
    const world = await openBadWorld();
    const { oubli, ada, nodes } = world;
    const open = chatOf(ada);
    await oubli.close();
    for (const call of [
      () => oubli.subject("ada"),
      () => oubli.find("ada"),
      () => open.remember(CANARY),
      () => open.recall(CANARY),
      () => ada.get(nodes[0]!, { purpose: "support" }),
      () => ada.forget(nodes[0]!),
      () => ada.erase(),
      () => ada.consent.history(),
      () => oubli.sweep(),
      () => oubli.rotate(),
    ]) {
      const error = await errorOf(call);
      assert.ok(isOubliError(error, "CLOSED"), inspect(error));
    }
    await oubli.close();
  });
});

describe("strange texts are texts: what is stored comes back as it was", () => {
  const strange = TEXTS.map((label) => [label, String(BAD_VALUES[label]())] as const);
  for (const [label, text] of strange) {
    test(label, async () => {
      await using world = await openBadWorld();
      const person = await world.oubli.subject(text);
      const chat = person.session({ purpose: "support", thread: text });
      const source = { system: text.slice(0, 200), event: text };
      const [node] = (
        await chat.remember(text, { metadata: { note: text }, speaker: text, source })
      ).nodes;

      const read = await person.get(node!, { purpose: "support" });
      assert.deepEqual(
        [read.content, read.metadata, read.speaker, read.source],
        [text, { note: text }, text, source],
      );
      assert.equal((await world.oubli.find(text))!.id, person.id);
      assert.equal((await chat.recall(text)).nodes[0]?.id, node);
    });
  }

  test("a memory of exactly 1 MiB is stored; one byte more is refused", async () => {
    await using world = await openBadWorld();
    const most = "é".repeat(512 * 1024);
    const [node] = (await chatOf(world.ada).remember(most)).nodes;
    assert.equal((await world.ada.get(node!, { purpose: "support" })).content, most);
    const error = await errorOf(() => chatOf(world.ada).remember(`${most}x`));
    assert.ok(isOubliError(error, "INPUT_INVALID"));
    assert.match(error.message, /accepted: at most 1048576 bytes of UTF-8/);
  });
});

describe("the check can fail", () => {
  const raw = (fault: (value: unknown) => unknown): BadCall => ({
    field: "x",
    call: (_, value) => fault(value),
  });
  for (const [what, bad] of [
    ["an error that is not ours", raw((value) => (value as { a: { b: 1 } }).a.b)],
    ["nothing refused at all", raw(() => null)],
    [
      "an error that repeats the input",
      raw((value) => {
        throw new Error(`not accepted: ${String(value)}`);
      }),
    ],
  ] as const) {
    test(what, async () => {
      assert.notEqual(await faultOf(bad, {} as BadWorld, "a text"), null);
    });
  }

  test("a canary in a message, a stack, a detail or a cause is found", () => {
    for (const leak of [
      new Error(CANARY),
      Object.assign(new Error("x"), { details: { given: CODE_CANARY } }),
      new Error("x", { cause: new Error(CANARY) }),
    ]) {
      assert.notDeepEqual(leaksOf(leak), []);
    }
  });
});

async function openBadWorld(): Promise<BadWorld & AsyncDisposable> {
  const oubli = await openTestOubli(CONFIG);
  const ada = await oubli.subject("ada");
  const officer = oubli.as({ kind: "staff", id: "officer", roles: ["privacy-officer"] });
  const { nodes } = await chatOf(ada).remember(
    ["kept", "for forgetting", "another"].map((content) => ({ role: "user", content })),
  );
  const [extra] = (await chatOf(ada).remember("soon gone")).nodes;
  const certificate = await ada.forget(extra!);
  return {
    oubli,
    ada,
    officer: (await officer.find("ada"))!,
    nodes,
    certificate,
    [Symbol.asyncDispose]: () => oubli.close(),
  };
}

/** A code as long as codes are. */
const codeAt = (_: unknown, at: number) => `a${at}-`.padEnd(64, "x");

const chatOf = (person: BadWorld["ada"]) => person.session({ purpose: "support" });

/** After all that was refused, good calls work, and what was there is there. */
async function stillGood({ oubli, ada, nodes }: BadWorld): Promise<void> {
  const { id } = await ada.self().get(nodes[2]!);
  assert.equal(id, nodes[2]);
  const fresh = await oubli.subject("fresh");
  const [node] = (await chatOf(fresh).remember("a good call")).nodes;
  assert.equal((await chatOf(fresh).recall("good")).nodes[0]?.id, node);
  assert.equal((await fresh.forget(node!)).stage, "executed");
  for (const log of await auditOf(oubli)) assert.deepEqual(log.faults, []);
}

const auditOf = (oubli: Oubli) => oubli.audit.check();

async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return new Error("nothing was refused");
  } catch (error) {
    return error;
  }
}

/** What is wrong with the answer to one bad value; `null` when nothing is. */
async function faultOf(
  bad: BadCall,
  world: BadWorld,
  label: (typeof BAD_NAMES)[number],
  { words = false } = {},
): Promise<string | null> {
  const value = BAD_VALUES[label]() as never;
  const taken = bad.takes?.includes(label) === true;
  try {
    await bad.call(world, value);
    return taken ? null : "was accepted";
  } catch (error) {
    const codes = bad.codes ?? ["INPUT_INVALID"];
    if (!isOubliError(error)) return `not ours: ${inspect(error).slice(0, 300)}`;
    if (!codes.includes(error.code)) return `another code: ${error.message}`;
    if (taken && error.code === codes[0]) return `was refused: ${error.message}`;
    // The words of a configuration are the operator's own, and may be shown to help them.
    if (!words && leaksOf(error).length > 0) return `leaks: ${leaksOf(error).join(", ")}`;
    return unclear(error, bad.field);
  }
}

/** Whether it says which field, what was given, and what is accepted. */
function unclear(error: OubliError, field: BadCall["field"]): string | null {
  const { details, message } = error;
  if (error.code === "PURPOSE_UNKNOWN") return details["declared"] ? null : "no declared purposes";
  if (error.code !== "INPUT_INVALID" && error.code !== "CONFIG_INVALID") return null;
  const fields = typeof field === "string" ? [field] : field;
  if (!fields.some((one) => String(details["field"]).startsWith(one)))
    return `names another field: ${message}`;
  for (const part of ["field", "given", "accepted"]) {
    if (String(details[part] ?? "").length === 0) return `does not say ${part}: ${message}`;
    if (!message.includes(`${part}: `)) return `its message does not say ${part}: ${message}`;
  }
  return /Invalid input|undefined|\[object/.test(message) ? `is not clear: ${message}` : null;
}

/** Where an error tells something of the input. */
function leaksOf(error: unknown): string[] {
  const { message, stack, details } = error as OubliError;
  const places = {
    message: String(message),
    stack: String(stack),
    json: JSON.stringify(error) ?? "",
    details: inspect(details, { depth: 9 }),
    printed: inspect(error, { depth: 9, showHidden: true }),
  };
  return Object.entries(places).flatMap(([place, text]) => (tells(text) ? [place] : []));
}
