import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Embedder } from "#memory";

import { held, letters, openPeople, TEA } from "../world.ts";

const LIKES = { category: "preference" } as const;
const WRONG: Readonly<Record<string, (texts: readonly string[]) => unknown>> = {
  "too few": () => [],
  "not a number": (texts) => texts.map(() => Float32Array.of(Number.NaN, 1)),
  infinite: (texts) => texts.map(() => Float32Array.of(Number.POSITIVE_INFINITY, 1)),
  "of no length": (texts) => texts.map(() => new Float32Array()),
  "of two lengths": (texts) => texts.map((_, at) => new Float32Array(at + 1).fill(1)),
  "plain arrays": (texts) => texts.map(() => [1, 2, 3]),
  "of another type": (texts) => texts.map(() => new Float64Array(8)),
  "no list": () => null,
  thrown: (texts) => {
    throw new Error(`cannot embed: ${texts[0]}`);
  },
};

async function openWith() {
  const at = { answer: null as ((texts: readonly string[]) => unknown) | null };
  const embedder: Embedder = {
    name: "odd",
    embed: async (texts) =>
      at.answer ? (at.answer(texts) as Float32Array[]) : letters.embed(texts),
  };
  return { at, ...(await openPeople({}, { embedder })) };
}

describe("an embedder's answer is an input like any other", () => {
  for (const [name, answer] of Object.entries(WRONG)) {
    test(`a wrong one (${name}) stores nothing, and tells nothing of a memory`, async () => {
      await using world = await openWith();
      const chat = world.ada.session({ purpose: "support" });
      const [tea] = (await chat.remember(TEA, LIKES)).nodes;
      world.at.answer = answer;

      const texts = [
        { role: "user", content: "SECRET", ...LIKES },
        { role: "user", content: "SECRET too", ...LIKES },
      ] as const;
      const refused = (error: unknown) => {
        assert.equal((error as { code: string }).code, "EMBEDDER_INVALID");
        assert.doesNotMatch(String(error) + JSON.stringify(error), /SECRET|cannot embed/);
        return true;
      };
      await assert.rejects(chat.remember([...texts]), refused);
      if (name !== "of two lengths") {
        await assert.rejects(chat.recall("SECRET"), refused);
        await assert.rejects(world.ada.correct(tea!, "SECRET", { purpose: "support" }), refused);
      }

      world.at.answer = null;
      assert.deepEqual(await held(world.ada.self()), [TEA]);
      assert.equal((await chat.recall("tea")).nodes.length, 1);
    });
  }
});
