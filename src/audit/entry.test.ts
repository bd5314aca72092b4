import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { canonicalJson, LIMITS, randomIds, utf8Text, type Json, type Word } from "#kernel";

import * as fc from "../../test/support/properties.ts";
import { ENTRY_LOGS, readEntry, sealEntry, tryReadEntry } from "./entry.ts";
import { LOG_NAMES } from "./log-names.ts";
import { ada, app, clockAt, draft, NOW, place, sealed } from "./sample-log.test.ts";

const asWord = (text: string) => text as Word;

const padded = (length: number) =>
  sealed(draft("config", { facts: { pad: asWord("x".repeat(length)) } }));

describe("an entry", () => {
  test("says who did what to whom, when, where and under which salt", () => {
    const session = randomIds.next("session");
    const entry = sealed({ ...draft("retrieve", { facts: { gate: 3 } }), session });
    const { salt, ...rest } = readEntry(entry.bytes);
    assert.match(String(salt), /^[A-Za-z0-9_-]{22}$/);
    assert.deepEqual(rest, {
      ...place,
      v: 1,
      t: "retrieve",
      id: entry.id,
      ts: NOW,
      log: "access",
      actor: app,
      subject: ada,
      session,
      gate: 3,
    });
  });

  test("is canonical JSON, whatever its facts", () => {
    const key = fc
      .string({ minLength: 1, unit: "grapheme" })
      .filter((text) => text !== "__proto__");
    const fact = fc.oneof(
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.string().map(asWord),
    );
    const facts = fc.dictionary(key, fc.oneof(fact, fc.array(fact), fc.dictionary(key, fact)));
    fc.assert(
      fc.property(facts, (some) => {
        const text = utf8Text(sealed(draft("config", { facts: some })).bytes);
        assert.equal(text, canonicalJson(JSON.parse(text) as Json));
      }),
    );
  });

  test("of the same act twice has two ids and two salts, so its hash confirms no guess", () => {
    const [one, two] = [sealed(), sealed()].map(({ bytes }) => readEntry(bytes));
    assert.notEqual(one!["salt"], two!["salt"]);
    assert.notEqual(one!.id, two!.id);
  });

  test("is what its type says: no fact takes the place of what every entry has", () => {
    const fixed = { v: 9, t: 9, id: 9, ts: 9, log: 9, tenant: 9, region: 9, actor: 9, salt: 9 };
    const entry = readEntry(sealed(draft("hold.place", { facts: { ...fixed, subject: 9 } })).bytes);
    assert.ok(!Object.values(entry).includes(9));
  });

  test("leaves out what is undefined, and keeps what is null", () => {
    const facts = { some: undefined, none: null, deep: { undone: undefined } };
    const entry = readEntry(sealed(draft("config", { subject: null, facts })).bytes);
    assert.ok(!("some" in entry) && !("session" in entry));
    assert.deepEqual([entry["none"], entry["deep"], entry.subject], [null, {}, null]);
  });

  test("holds integers only, at any depth", () => {
    for (const facts of [{ n: 0.5 }, { list: [1, { n: 2 ** 53 }] }, { n: NaN }]) {
      assert.throws(() => sealed(draft("config", { facts })), { code: "ERR_ASSERTION" });
    }
  });

  test("has at most 65,535 bytes: one more is refused, and never cut", () => {
    const room = LIMITS.entryBytesMax - padded(1).bytes.length;
    assert.equal(padded(room + 1).bytes.length, 65_535);
    assert.throws(() => padded(room + 2), {
      code: "LIMIT_EXCEEDED",
      details: { bytes: 65_536, max: 65_535 },
    });
  });

  test("stands in exactly one log, by its type", () => {
    for (const [type, log] of Object.entries(ENTRY_LOGS)) {
      assert.ok(LOG_NAMES.includes(log));
      const { t } = { t: type as keyof typeof ENTRY_LOGS };
      assert.equal(readEntry(sealed(draft(t)).bytes).log, log);
    }
  });

  test("takes its time and its id from the clock and the ids that it is given", () => {
    const ids = { next: randomIds.next, bytes: (length: number) => new Uint8Array(length) };
    const entry = sealEntry(draft(), { clock: clockAt(5), ids });
    assert.equal(readEntry(entry.bytes)["salt"], "A".repeat(22));
    assert.equal(entry.ts, 5);
  });
});

test("bytes that are no entry are read as none", () => {
  for (const bytes of [
    null,
    Buffer.from(""),
    Buffer.from("null"),
    Buffer.from("7"),
    Buffer.of(255),
  ]) {
    assert.equal(tryReadEntry(bytes), null);
  }
  assert.equal(tryReadEntry(sealed().bytes)!.t, "retrieve");
});
