import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { isOubliError, type OubliError } from "#kernel";

import { openTestOubli } from "./testing.ts";

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

async function open() {
  const oubli = await openTestOubli(config);
  const ada = await oubli.subject("ada");
  const chat = ada.session({ purpose: "support" });
  return { oubli, ada, chat, [Symbol.asyncDispose]: () => oubli.close() };
}
