import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { EpochMs, NodeId, SessionId } from "#kernel";

import * as fc from "../../../test/support/properties.ts";
import type { RankedDocument } from "./entry.ts";
import { type LexicalIndex, createLexicalIndex } from "./lexical-index.ts";

const DAY_MS = 86_400_000;

const isTea = (id: NodeId): boolean => id === "tea";
const isOdd = (id: NodeId): boolean => /[13579]$/.test(id);

/** A memory that says `text`, and whatever else a test wants of it. Its text is its id. */
function memory(text: string, more: Partial<RankedDocument> = {}): RankedDocument {
  return {
    id: text as NodeId,
    text,
    speaker: null,
    role: null,
    session: null,
    position: 0,
    createdAt: 0 as EpochMs,
    vector: null,
    ...more,
  };
}

function turn(position: number, text: string, more: Partial<RankedDocument> = {}): RankedDocument {
  return memory(text, { session: "ses_1" as SessionId, position, ...more });
}

function indexOf(...documents: readonly RankedDocument[]): LexicalIndex {
  const index = createLexicalIndex();
  for (const document of documents) index.add(document);
  return index;
}

function idsFor(query: string, ...documents: readonly RankedDocument[]): NodeId[] {
  return indexOf(...documents)
    .rank(query, { limit: 10 })
    .map(({ id }) => id);
}

describe("a question finds the memories that answer it", () => {
  test("words meet their inflections, and stop words count for nothing", () => {
    assert.deepEqual(
      idsFor("What did she paint?", memory("painting the fence"), memory("what she did")),
      ["painting the fence"],
    );
  });

  test("a rare word weighs more than a common one", () => {
    const common = ["tea one", "tea two", "tea three"].map((text) => memory(text));
    assert.equal(idsFor("tea violin", ...common, memory("violin four"))[0], "violin four");
  });

  test("two words side by side weigh more than the same words apart", () => {
    assert.deepEqual(
      idsFor("green tea", memory("tea cup, green wall"), memory("cup of green tea, wall")),
      ["cup of green tea, wall", "tea cup, green wall"],
    );
  });

  test("one character finds a text in a script without spaces", () => {
    assert.deepEqual(idsFor("茶", memory("我喜欢喝绿茶"), memory("我喜欢咖啡")), ["我喜欢喝绿茶"]);
  });

  test("a month and a year find what was remembered then", () => {
    const may = memory("planted roses", { createdAt: Date.UTC(2024, 4, 3) as EpochMs });
    assert.deepEqual(idsFor("What happened in May 2024?", may, memory("planted tulips")), [may.id]);
  });

  test("a turn lends to its neighbours, the nearer the more", () => {
    assert.deepEqual(idsFor("violin", turn(1, "far"), turn(2, "near"), turn(3, "a violin?")), [
      "a violin?",
      "near",
      "far",
    ]);
  });

  test("a turn lends nothing to another session, nor a memory without one to any", () => {
    const elsewhere = turn(2, "other", { session: "ses_2" as SessionId });
    assert.deepEqual(idsFor("violin", turn(1, "violin"), elsewhere, memory("alone")), ["violin"]);
  });

  test("who is named in the question is heard before who is not", () => {
    const said = { text: "I play the violin", createdAt: 0 as EpochMs };
    const byAda = memory("1", { ...said, speaker: "Ada Lovelace" });
    const byMay = memory("2", { ...said, speaker: "May" });
    assert.deepEqual(idsFor("What does Ada play?", byMay, byAda), ["1", "2"]);
    assert.deepEqual(idsFor("What does May play?", byMay, byAda), ["2", "1"]);
  });

  test("the person's own words come before an assistant's, a tool's or the system's", () => {
    for (const role of ["assistant", "tool", "system"] as const) {
      const other = memory("0", { text: "violin lessons", role });
      const own = memory("1", { text: "violin lessons", role: "user" });
      assert.deepEqual(idsFor("violin", other, own), ["1", "0"]);
    }
  });

  test("equal scores rank by time, the newest first, then by id", () => {
    const old = memory("c", { text: "tea" });
    const young = memory("b", { text: "tea", createdAt: DAY_MS as EpochMs });
    const twin = memory("a", { text: "tea", createdAt: DAY_MS as EpochMs });
    assert.deepEqual(idsFor("tea", old, young, twin), ["a", "b", "c"]);
  });
});

describe("what is no answer is not given", () => {
  const tea = memory("tea");
  const newer = memory("coffee", { createdAt: DAY_MS as EpochMs });

  test("a question that shares no word with any memory finds nothing", () => {
    assert.deepEqual(idsFor("violin", tea, newer), []);
    assert.deepEqual(idsFor("what is it?", tea, newer), []);
  });

  test("a blank question asks for nothing in particular and gives the newest", () => {
    assert.deepEqual(idsFor(" ", tea, newer), ["coffee", "tea"]);
    assert.deepEqual(indexOf(tea, newer).rank("", { limit: 9, allowed: isTea, floor: 1 }), [
      { id: "tea", score: 0 },
    ]);
  });

  test("what scores below the floor is left out", () => {
    const index = indexOf(memory("violin and tea"), memory("tea and other things of the house"));
    const all = index.rank("violin tea", { limit: 9 });
    assert.equal(all.length, 2);
    assert.deepEqual(index.rank("violin tea", { limit: 9, floor: all[0]!.score }), [all[0]]);
  });

  test("a memory that only says one of many words asked for scores near 0", () => {
    const [found] = indexOf(tea, newer).rank("violin opera ballet circus cinema tea", { limit: 1 });
    assert.ok(found!.score < 0.2);
  });

  test("no more are given than asked for", () => {
    assert.equal(indexOf(tea, newer).rank("tea coffee", { limit: 1 }).length, 1);
    assert.deepEqual(indexOf(tea, newer).rank("tea coffee", { limit: 0 }), []);
  });
});

describe("vectors find what words cannot", () => {
  const east = memory("cat", { vector: Float32Array.of(1, 0) });
  const north = memory("dog", { vector: Float32Array.of(0, 1) });
  const vector = Float32Array.of(0.1, 2);

  test("a memory near the question is found without a shared word", () => {
    const found = indexOf(east, north).rank("hound", { limit: 9, vector });
    assert.deepEqual(
      found.map(({ id }) => id),
      ["dog"],
    );
  });

  test("words and nearness add up", () => {
    const both = memory("hound", { vector: Float32Array.of(0, 1) });
    const found = indexOf(east, north, both).rank("hound", { limit: 9, vector });
    assert.equal(found[0]!.id, "hound");
    assert.ok(found[0]!.score > found[1]!.score);
  });

  test("memories without a vector, or with one of another model, are found by their words", () => {
    const other = memory("old hound", { vector: Float32Array.of(1, 1, 1) });
    const found = indexOf(north, memory("hound"), other).rank("hound", { limit: 9, vector });
    assert.deepEqual(found.map(({ id }) => id).sort(), ["dog", "hound", "old hound"]);
  });
});

describe("universal rules", () => {
  const words = ["tea", "coffee", "garden", "gardens", "running", "ada", "the", "茶", "may"];
  const text = fc.array(fc.constantFrom(...words), { maxLength: 8 }).map((all) => all.join(" "));
  const vector = fc
    .tuple(fc.float({ min: -3, max: 3, noNaN: true }), fc.integer({ min: -3, max: 3 }))
    .map((parts) => Float32Array.from(parts));
  const asked = fc.tuple(text, fc.option(vector));

  const documents = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 0, max: 99 }).map((number) => `node_${number}` as NodeId),
      text,
      speaker: fc.option(fc.constantFrom("Ada", "Tea Garden", "May")),
      role: fc.option(fc.constantFrom("user" as const, "assistant" as const, "tool" as const)),
      session: fc.option(fc.constantFrom("ses_1" as SessionId, "ses_2" as SessionId)),
      position: fc.integer({ min: 0, max: 9 }),
      createdAt: fc.integer({ min: 0, max: 3 }).map((day) => (day * DAY_MS) as EpochMs),
      vector: fc.option(vector),
    }),
    { selector: ({ id }) => id, maxLength: 30 },
  );

  test("a document out of view changes nothing: filtering equals an index without it", () => {
    fc.assert(
      fc.property(
        documents,
        asked,
        fc.integer({ min: 1, max: 20 }),
        (all, [query, vector], limit) => {
          const even = all.filter(({ id }) => !isOdd(id));
          const visible = new Set(even.map(({ id }) => id));
          const allowed = (id: NodeId): boolean => visible.has(id);
          assert.deepEqual(
            indexOf(...all).rank(query, { limit, vector, allowed }),
            indexOf(...even).rank(query, { limit, vector }),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("adding and removing in any order equals a fresh index, its size in bytes included", () => {
    fc.assert(
      fc.property(documents, documents, asked, (before, all, [query, vector]) => {
        const index = indexOf(...before);
        for (const document of all) index.add(document);
        for (const { id } of before) index.remove(id);
        const removed = new Set(before.map(({ id }) => id));
        const fresh = indexOf(...all.filter(({ id }) => !removed.has(id)).reverse());
        assert.deepEqual(
          index.rank(query, { limit: 20, vector }),
          fresh.rank(query, { limit: 20, vector }),
        );
        assert.equal(index.bytes, fresh.bytes);
        assert.equal(index.size, fresh.size);
      }),
      { numRuns: 1000 },
    );
  });

  test("asking changes nothing: the same question gives the same answer again", () => {
    fc.assert(
      fc.property(documents, asked, asked, (all, [query, vector], [other, otherVector]) => {
        const index = indexOf(...all);
        const first = index.rank(query, { limit: 20, vector });
        index.rank(other, { limit: 5, vector: otherVector, allowed: isOdd });
        assert.deepEqual(index.rank(query, { limit: 20, vector }), first);
      }),
    );
  });

  test("scores are above 0 and fall from the first to the last", () => {
    fc.assert(
      fc.property(documents, asked, (all, [query, vector]) => {
        fc.pre(query !== "");
        const scores = indexOf(...all)
          .rank(query, { limit: 50, vector })
          .map(({ score }) => score);
        assert.ok(scores.every((score, at) => score > 0 && score <= (scores[at - 1] ?? Infinity)));
      }),
    );
  });
});
