import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { EpochMs, NodeId } from "#kernel";

import { CLUES_MAX, cluesOf } from "./clues.ts";
import type { Entry } from "./entry.ts";
import { english } from "./english.ts";
import { createLexicalIndex } from "./lexical-index.ts";
import { READ_MAX, findPairs } from "./pairs.ts";
import { type View, viewOfAll, viewOfAllowed } from "./view.ts";
import { createRows } from "./rows.ts";
import { createVocabulary } from "./vocabulary.ts";

// Goal: a pasted document is a question like any other, whatever it and the memories hold.
// Method: count the terms that are read for it; time is not asked.

const wordAt = (at: number): string => `w${at.toString(36)}x`;
const wordsAt = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => wordAt(from + at));

/** The entries of a vocabulary, and a counter of how many of their terms have been read. */
function reading(...texts: readonly (readonly string[])[]) {
  const vocabulary = createVocabulary(english);
  const rows = createRows();
  for (const [at, words] of texts.entries()) {
    const terms = vocabulary.termsOf(words);
    vocabulary.join(rows.put(entryOf(at), terms), terms);
  }
  const counter = { read: 0 };
  const terms = new Proxy(rows.texts.terms, {
    get(target, key) {
      if (typeof key === "string" && /^\d+$/.test(key)) counter.read++;
      return Reflect.get(target, key) as unknown;
    },
  });
  const { starts, sizes } = rows.texts;
  const counted = { ...rows, texts: { ...rows.texts, terms, starts, sizes: [...sizes] } };
  const view = viewOfAll(texts.length, 0);
  const ask = (words: readonly string[], within: View = view) => {
    counter.read = 0;
    const clues = cluesOf(vocabulary.stemsOf(words), vocabulary.find, within);
    const found = findPairs(clues.pairs, { rows: counted, slots: vocabulary.slots, view: within });
    return { ...clues, found, read: counter.read };
  };
  return { rows: counted, ask };
}

function entryOf(at: number): Entry {
  return {
    id: `node_${at}` as NodeId,
    position: 0,
    createdAt: 0 as EpochMs,
    session: null,
    speaker: null,
    own: true,
    vector: null,
    vectorLength: 0,
  };
}

describe("the work for one question is bounded", () => {
  test("a memory is read once, however many pairs the question has", () => {
    const text = wordsAt(0, 2000);
    const { ask } = reading(text, text);
    for (const length of [2, 20, 200, 2000]) {
      assert.equal(ask(text.slice(0, length)).read, 2 * text.length, `${length} words`);
    }
  });

  test("a memory that holds no two words of a pair is not read", () => {
    const { ask } = reading(["tea", "green"], ["tea", "cup"], ["green", "wall"]);
    assert.equal(ask(["green", "tea"]).read, 2);
    assert.equal(ask(["tea"]).read, 0);
  });

  test("a question of any length has no more words and pairs than the most", () => {
    const text = wordsAt(0, 5000);
    const { words, pairs } = reading(text).ask(text);
    assert.deepEqual([words.length, pairs.length], [CLUES_MAX, CLUES_MAX - 1]);
    const few = Array.from({ length: 5000 }, (_, at) => wordAt((at * at + (at >> 5)) % 97));
    assert.equal(reading(few).ask(few).pairs.length, CLUES_MAX);
  });

  test("pairs that need more reading than the most are left out, and the others are found", () => {
    const { rows, ask } = reading(["green", "tea", "cup"], ["tea", "cup"]);
    rows.texts.sizes[1] = READ_MAX;
    const { pairs, found, read } = ask(["green", "tea", "cup"]);
    assert.deepEqual(
      pairs.map((pair) => found.get(pair)?.counts),
      [[1], undefined],
    );
    assert.equal(read, 3);
  });
});

describe("the clues of a long question", () => {
  const common = wordsAt(0, CLUES_MAX);
  const rare = wordsAt(CLUES_MAX, CLUES_MAX + 40);
  const unknown = wordsAt(1000, 1000 + 2 * CLUES_MAX);
  const chosen = (texts: readonly string[][], query: readonly string[]): string[] =>
    reading(...texts)
      .ask(query)
      .words.map(({ term }) => term?.word ?? "?");

  test("are its rarest words, in its order, of equals the first", () => {
    assert.deepEqual(chosen([[...common, ...rare], common], [...common, ...rare]), [
      ...common.slice(0, CLUES_MAX - rare.length),
      ...rare,
    ]);
  });

  test("are words that a memory holds, before words that none does", () => {
    assert.deepEqual(
      chosen([rare], [...unknown, ...rare]).filter((word) => word !== "?"),
      rare,
    );
  });

  test("are those of the view alone: what is hidden makes no word common", () => {
    const { rows, ask } = reading([...common, ...rare], common, rare, rare, rare);
    const visible = new Set(rows.entries.slice(0, 2).map((entry) => entry!.id));
    const view = viewOfAllowed(rows, (id) => visible.has(id));
    const { words } = ask([...common, ...rare], view);
    assert.deepEqual(
      words.slice(-rare.length).map(({ term }) => term!.word),
      rare,
    );
  });

  test("find a pasted text again, and filtering equals an index without the hidden", () => {
    const texts = Array.from({ length: 60 }, (_, at) =>
      Array.from({ length: 700 }, (_, word) => wordAt((at * 131 + word * word) % 4001)).join(" "),
    );
    const documents = texts.map((text, at) => ({
      id: `node_${at}` as NodeId,
      text,
      speaker: null,
      role: null,
      session: null,
      position: 0,
      createdAt: at as EpochMs,
      vector: null,
    }));
    const isEven = (id: NodeId): boolean => /[02468]$/.test(id);
    const [all, even] = [createLexicalIndex(), createLexicalIndex()];
    for (const document of documents) all.add(document);
    for (const document of documents.toReversed()) if (isEven(document.id)) even.add(document);
    for (const at of [0, 12, 58]) {
      const query = `${texts[at]} ${wordsAt(9000, 9600).join(" ")}`;
      const found = all.rank(query, { limit: 30, allowed: isEven });
      assert.equal(found[0]!.id, `node_${at}`);
      assert.deepEqual(found, even.rank(query, { limit: 30 }));
    }
  });
});
