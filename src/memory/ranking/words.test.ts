import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { wordsOf, WORDS_MAX } from "./words.ts";

describe("a text becomes words that a question can share", () => {
  test("case, punctuation and compatibility forms make no difference", () => {
    assert.deepEqual(wordsOf("Tea, TEA & ﬁne tea!"), ["tea", "tea", "fine", "tea"]);
  });

  test("letters of every script, marks and digits are kept", () => {
    assert.deepEqual(wordsOf("Зелёный чай, café, हिन्दी, 2024"), [
      "зелёный",
      "чай",
      "cafe",
      "हिन्दी",
      "2024",
    ]);
  });

  test("scripts without spaces give each character and each pair of neighbours", () => {
    assert.deepEqual(wordsOf("喝绿茶"), ["喝", "绿", "喝绿", "茶", "绿茶"]);
  });

  test("a word in Latin letters amid Japanese stays whole", () => {
    assert.deepEqual(wordsOf("私のiPhoneを"), ["私", "の", "私の", "iphone", "を"]);
  });

  test("a text of any script has an end of its words, so that 1 MiB of it costs what a book does", () => {
    const mebibyte = 1024 * 1024;
    const han = String.fromCodePoint(...Array.from({ length: 5000 }, (_, at) => 0x4e00 + at));
    for (const text of [han, "tea ", "ไทย", "茶 tea "]) {
      const words = wordsOf(text.repeat(mebibyte / Buffer.byteLength(text)));
      assert.ok(
        words.length <= WORDS_MAX && words.length >= WORDS_MAX - 1,
        `${words.length} words`,
      );
    }
  });

  test("a blob without spaces is cut to a bounded length, and never within a character", () => {
    const [word] = wordsOf(`a${"𝒳".repeat(500)}𐐨`.repeat(3));
    assert.ok(word!.length <= 64);
    assert.ok(wordsOf("𐐨".repeat(500))[0]!.isWellFormed());
    assert.ok(wordsOf(`x${"𐐨".repeat(500)}`)[0]!.isWellFormed());
  });
});

test("an accent is no difference between words, in Latin and Greek; a mark of another script is", () => {
  assert.deepEqual(wordsOf("Café ÅNGSTRÖM naïve"), ["cafe", "angstrom", "naive"]);
  assert.deepEqual(wordsOf("Άθήνα"), wordsOf("αθηνα"));
  assert.notDeepEqual(wordsOf("мой"), wordsOf("мои"));
  assert.deepEqual(wordsOf("한글 がか"), ["한글", "が", "か", "がか"]);
});
