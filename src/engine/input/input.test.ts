import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { isOubliError, type OubliError } from "#kernel";

import { openTestOubli } from "../testing.ts";

const config = {
  purposes: {
    support: {
      basis: "contract",
      categories: ["preference"],
      retention: "P1Y",
      metadata: ["note"],
    },
  },
} as const;

/** Every text in it could be a person's name, and has the shape of a code. */
const NAME = "ada-lovelace";

async function refusal(work: () => unknown): Promise<OubliError> {
  try {
    await work();
  } catch (error) {
    assert.ok(isOubliError(error, "INPUT_INVALID"), String(error));
    return error;
  }
  throw new Error("nothing was refused");
}

test("what is accepted is said in words: an id, where a whole memory was given; an address", async () => {
  await using world = await open();
  const { ada, chat } = world;
  await chat.remember("Drinks tea.");
  const { nodes } = await chat.recall("tea");
  const whole = await refusal(() => ada.forget(nodes[0] as never));
  assert.deepEqual([whole.details["field"], whole.details["accepted"]], ["nodes", "an id: node_…"]);
  const notice = { purpose: "support", policyVersion: "v1", mechanism: "form", ipAddress: "here" };
  const address = await refusal(() => ada.consent.grant(notice));
  assert.equal(address.details["accepted"], "an IPv4 or an IPv6 address");
});

describe("an error says where and how much was given, and not what", () => {
  const calls: Record<string, (world: Awaited<ReturnType<typeof open>>) => unknown> = {
    "an external id in place of a subject's": ({ oubli }) => oubli.subjectById(NAME),
    "an external id in place of a node's": ({ ada }) => ada.get(NAME),
    "a name in place of a hold": ({ ada }) => ada.release(NAME),
    "a name as an address": ({ ada }) =>
      ada.consent.grant({
        purpose: "support",
        policyVersion: "v1",
        mechanism: "form",
        ipAddress: NAME,
      }),
    "a name in place of metadata": ({ chat }) => chat.remember("x", { metadata: NAME as never }),
    "a name in place of a date": ({ chat }) => chat.remember("x", { at: NAME as never }),
    "a name in place of a source": ({ chat }) => chat.remember("x", { source: NAME as never }),
    "a name as a key of metadata": ({ chat }) =>
      chat.remember("x", { metadata: { [NAME.toUpperCase()]: 1 } }),
    "a name as an option": ({ chat }) => chat.remember("x", { [NAME]: 1 } as never),
  };
  for (const [what, call] of Object.entries(calls)) {
    test(what, async () => {
      await using world = await open();
      const { message, details } = await refusal(() => call(world));
      assert.doesNotMatch(`${message} ${JSON.stringify(details)}`, /ada.lovelace/i);
    });
  }
});

test("a word of the configuration is shown, since only a typing error is in it", async () => {
  await using world = await open();
  const { details } = await refusal(() =>
    world.chat.remember("x", { category: "preferense" as never }),
  );
  assert.equal(details["given"], "preferense");
});

test("metadata is well-formed text, and not more than its limit", async () => {
  await using world = await open();
  for (const note of ["half a pair: \ud800", "x".repeat(4097)]) {
    await refusal(() => world.chat.remember("x", { metadata: { note } }));
  }
  const many = Object.fromEntries([...Array(20).keys()].map((at) => [`n${at}`, "x".repeat(1000)]));
  const { details } = await refusal(() => world.chat.remember("x", { metadata: many }));
  assert.equal(details["accepted"], "at most 16384 bytes of JSON");
});

describe("an error points to the field that has to be mended", () => {
  const told = (message: object) => [{ role: "user", content: "likes tea" }, message] as never;
  const calls: Record<string, [(world: World) => unknown, Record<string, unknown>]> = {
    "a message without content": [
      ({ chat }) => chat.remember(told({ role: "user", content: null })),
      { field: "what.1.content", given: "null", accepted: "a string" },
    ],
    "a message of an unknown role": [
      ({ chat }) => chat.remember(told({ role: "developer", content: "likes jam" })),
      {
        field: "what.1.role",
        given: "a string of 9 characters",
        accepted: "user | assistant | system | tool",
      },
    ],
    "a message with a date that is none": [
      ({ chat }) => chat.remember(told({ role: "user", content: "likes jam", at: "May" })),
      { field: "what.1.at", given: "a string of 3 characters", accepted: "a Date | a number" },
    ],
    "neither a text nor messages": [
      ({ chat }) => chat.remember(null as never),
      { field: "what", given: "null", accepted: "a string | an array" },
    ],
    "a number beyond its limit": [
      ({ chat }) => chat.recall("tea", { limit: 1000 }),
      { field: "options.limit", given: 1000, accepted: "at most 100" },
    ],
    "a number in place of a text": [
      ({ chat }) => chat.remember(4_930_123_456 as never),
      { field: "what", given: "a number", accepted: "a string | an array" },
    ],
  };
  for (const [what, [call, expected]] of Object.entries(calls)) {
    test(what, async () => {
      await using world = await open();
      assert.deepEqual((await refusal(() => call(world))).details, expected);
    });
  }

  test("a field that is not declared is named, in a message too", async () => {
    await using world = await open();
    const message = { role: "user", content: "likes tea", timestamp: 1 };
    const inMessage = await refusal(() => world.chat.remember([message] as never));
    const inOptions = await refusal(() => world.chat.recall("tea", { topK: 3 } as never));
    assert.equal(inMessage.details["field"], "what.0.timestamp");
    assert.equal(inOptions.details["field"], "options.topK");
    assert.equal(inOptions.details["given"], "an undeclared field");
  });
});

type World = Awaited<ReturnType<typeof open>>;

async function open() {
  const oubli = await openTestOubli(config);
  const ada = await oubli.subject("ada");
  const chat = ada.session({ purpose: "support" });
  return { oubli, ada, chat, [Symbol.asyncDispose]: () => oubli.close() };
}

describe("every wrong call is answered by the same kind of error, whatever was given", () => {
  const calls: Record<string, (world: Awaited<ReturnType<typeof open>>) => unknown> = {
    "options that are null": ({ ada }) => ada.get(node, null as never),
    "no input at all": ({ ada }) => ada.restrict(undefined as never),
    "a field too many beside a withdrawal": ({ ada }) =>
      ada.consent.withdraw(consent, { keepOn: "legal-claims", note: 1 } as never),
    "an instant that is not one": ({ ada }) => ada.consent.active(NaN),
    "a log that there is not": ({ oubli }) => oubli.audit.entry("diary" as never, 0),
    "a place in the log that is no number": ({ oubli }) => oubli.audit.entry("ledger", NaN),
    "a deriver that is no function": ({ chat }) => chat.derive([node], 5 as never),
    "a listener that is no function": ({ chat }) => chat.onErased("later" as never),
    "a getter that throws": ({ chat }) =>
      chat.recall("x", {
        get limit(): number {
          throw new Error(NAME);
        },
      }),
    "a proxy that throws": ({ chat }) =>
      chat.recall(
        "x",
        new Proxy(
          {},
          {
            ownKeys() {
              throw new Error(NAME);
            },
          },
        ),
      ),
  };
  for (const [what, call] of Object.entries(calls)) {
    test(what, async () => {
      await using world = await open();
      const { details, message } = await refusal(() => call(world));
      assert.deepEqual(Object.keys(details), ["field", "given", "accepted"]);
      assert.doesNotMatch(message, /ada.lovelace/i);
    });
  }

  test("a name where a word of the configuration was wanted is not repeated", async () => {
    await using world = await open();
    const { message } = await refusal(() => world.chat.remember("x", { category: NAME as never }));
    assert.match(message, /field: options.category; given: a string of 12 characters/);
  });

  test("an undeclared field is answered with those that are declared", async () => {
    await using world = await open();
    const { details } = await refusal(() => world.chat.recall("x", { limmit: 3 } as never));
    assert.equal(details["accepted"], "only limit | tokens | explain");
  });
});

test("the next page is asked for with what the last one gave, also when it is read from JSON", async () => {
  await using world = await open();
  await world.chat.remember([1, 2, 3].map((n) => ({ role: "user", content: `memory ${n}` })));
  const seen: string[] = [];
  let after: Awaited<ReturnType<typeof world.ada.list>>["next"] = null;
  do {
    const page = await world.ada.self().list({ limit: 1, after });
    seen.push(...page.nodes.map(({ content }) => content));
    after = JSON.parse(JSON.stringify(page.next));
  } while (after !== null);
  assert.deepEqual(seen.toSorted(), ["memory 1", "memory 2", "memory 3"]);
});

describe("an application's own functions", () => {
  test("a listener that throws stops neither the erasure nor the next listener", async () => {
    await using world = await open();
    const [tea] = (await world.chat.remember("likes tea")).nodes;
    world.chat.onErased(() => {
      throw new Error("a fault of the application");
    });
    const heard: unknown[] = [];
    world.chat.onErased((nodes) => heard.push(nodes));

    assert.equal((await world.ada.forget(tea!)).stage, "executed");
    assert.deepEqual(heard, [[tea]]);
  });

  test("a deriver's answer is an input: one that is no text is refused, and nothing is kept", async () => {
    await using world = await open();
    const { nodes } = await world.chat.remember("likes tea");
    for (const answer of [undefined, 7, "", "half a pair: \ud800"]) {
      const { details } = await refusal(() => world.chat.derive(nodes, () => answer as string));
      assert.equal(details["field"], "derived");
    }
    assert.equal((await world.ada.self().export()).nodes.length, 1);
  });

  test("a re-deriver that throws does not cost the erasure its certificate", async () => {
    let broken = false;
    const derivers = {
      profile: () => {
        if (broken) throw new Error("a fault of the application");
        return "a profile";
      },
    };
    await using oubli = await openTestOubli(config, { derivers });
    const ada = await oubli.subject("ada");
    const chat = ada.session({ purpose: "support" });
    const { nodes } = await chat.remember([
      { role: "user", content: "likes tea" },
      { role: "user", content: "likes jam" },
    ]);
    await chat.derive(nodes, "profile");
    broken = true;

    assert.equal((await ada.forget(nodes[0]!)).stage, "executed");
    const left = (await ada.self().export()).nodes.map(({ content }) => content);
    assert.deepEqual(left, ["likes jam"]);
  });
});

const node = `node_${"A".repeat(22)}`;
const consent = { purpose: "support", policyVersion: "v1", mechanism: "form" };
