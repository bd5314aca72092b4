import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { getHeapSnapshot } from "node:v8";

import type { EpochMs, NodeId, SessionId } from "#kernel";

import type { RankedDocument } from "./entry.ts";
import { english } from "./english.ts";
import { type LexicalIndex, createLexicalIndex } from "./lexical-index.ts";
import { createVocabulary } from "./vocabulary.ts";

// Goal: after `remove`, nothing of a memory's text can be reached any more.
// Method: words that are put together at run time, so that the test's own source does not hold
// them, looked for in every string of the process. One word is shared with a memory that stays:
// it must stay without holding on to the text that it was cut from.

const joined = (...parts: string[]): string => parts.join("");
const secret = (): string => joined("quokka", "berry");
const speaker = (): string => joined("zora", "belle");
/** Long enough for the engine to keep it as a window onto its text, and its own stem. */
const shared = (): string => joined("watermelon", "potato");

function document(id: string, text: string, speaker: string): RankedDocument {
  return {
    id: id as NodeId,
    text,
    speaker,
    role: null,
    session: "ses_1" as SessionId,
    position: 0,
    createdAt: 0 as EpochMs,
    vector: null,
  };
}

/** In a function of its own: a text must not stay in a variable of the test. */
function addBoth(index: LexicalIndex): void {
  index.add(document("node_gone", `${secret()} is ${shared()} of ${secret()}s`, speaker()));
  index.add(document("node_kept", shared(), "Ada"));
}

/** Counts, in all strings that the process can reach, those that hold one of `canaries`. */
async function stringsHolding(...canaries: (() => string)[]): Promise<number[]> {
  let snapshot = "";
  for await (const chunk of getHeapSnapshot()) snapshot += String(chunk);
  const { strings } = JSON.parse(snapshot) as { strings: string[] };
  return canaries.map((canary) => {
    const word = canary();
    return strings.filter((text) => text.toLowerCase().includes(word)).length;
  });
}

/** What is reachable stays so; what the engine has only not let go of yet is gone a moment later. */
async function leftOf(...canaries: (() => string)[]): Promise<number[]> {
  for (let tries = 1; ; tries += 1) {
    const counts = await stringsHolding(...canaries);
    if ((counts[0] === 0 && counts[1] === 0) || tries === 4) return counts;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("a removed memory leaves nothing behind in the index", () => {
  test("no string of the process holds its words, after one that held them did", async () => {
    const index = createLexicalIndex();
    addBoth(index);
    const before = await stringsHolding(secret, speaker, shared);
    assert.ok(
      before.every((count) => count > 0),
      `the search must bite: ${before}`,
    );

    index.remove("node_gone" as NodeId);

    const [ofSecret, ofSpeaker, ofShared] = await leftOf(secret, speaker, shared);
    assert.deepEqual([ofSecret, ofSpeaker], [0, 0]);
    assert.ok(ofShared! > 0, "the memory that stays keeps its words");
    assert.equal(index.rank(shared(), { limit: 9 }).length, 1);
  });

  test("an emptied index holds no bytes", () => {
    const index = createLexicalIndex();
    index.add(document("node_1", "some words of a memory", "Ada"));
    assert.ok(index.bytes > 0);
    index.remove("node_1" as NodeId);
    assert.equal(index.bytes, 0);
    assert.equal(index.size, 0);
  });

  test("a question leaves none of its words in the index", () => {
    const vocabulary = createVocabulary(english);
    vocabulary.stemsOf(["gardens"]);
    assert.equal(vocabulary.find("garden"), undefined);
    assert.equal(vocabulary.bytes, 0);
  });
});
