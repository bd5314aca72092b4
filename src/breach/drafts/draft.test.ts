import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { DRAFTS, type DraftName, type IncidentFacts } from "#breach";
import { isOubliError, type EpochMs, type Word } from "#kernel";

import { draftOf, letterToPeople } from "./draft.ts";
import type { DraftFacts } from "./fields.ts";

const AT = Date.UTC(2026, 2, 1, 9, 30) as EpochMs;

const FACTS: IncidentFacts = {
  severity: "critical",
  kinds: ["confidentiality"],
  risk: "high",
  detectedAt: AT,
  awareAt: AT,
  discoveredAt: AT,
  began: (AT - 86_400_000) as EpochMs,
  ended: null,
  affected: 1234,
  items: 5678,
  residents: { "US-CA": 600 },
  categories: ["health", "mental_health"] as string[] as Word[],
  encrypted: null,
  scope: null,
  delay: null,
  individualsToldAt: null,
  rule: null,
  stage: "settled",
};

const WHOLE: DraftFacts = {
  controller: {
    name: "Clinic Ltd",
    contact: { address: "1 High Street, Dublin" },
    dpo: { name: "Dana Poe", contact: { phone: "+1 800 555 0199", email: "dpo@clinic.example" } },
  },
  facts: FACTS,
  file: {
    description: "The desk's password was stolen.",
    containmentActions: ["password changed"],
    phases: [],
    whatHappened: "Somebody read records.",
    consequences: "You may get false messages.",
    measures: "We ask for a second factor now.",
    advice: "Do not answer them.",
  },
  items: 5678,
  now: AT,
};

/** What each law asks its notice to hold, and where it stands in ours. */
const CONTENTS: Readonly<Record<DraftName, readonly (string | RegExp)[]>> = {
  // Art. 33(3): nature, categories, numbers of people and records; contact; consequences; measures.
  "gdpr-authority": [
    "The desk's password was stolen.",
    /confidentiality/,
    "about 1,234",
    "about 5,678",
    "health, mental health",
    "dpo@clinic.example",
    "You may get false messages.",
    "password changed; We ask for a second factor now.",
  ],
  // Art. 34(2): (b) contact, (c) consequences, (d) measures.
  "gdpr-people": ["Somebody read records.", "+1 800 555 0199", "false messages", "second factor"],
  // (c)(1): what happened with both dates; types; steps; what is done; a toll-free number.
  "hipaa-people": [
    "Somebody read records.",
    "from 28 February 2026",
    "We discovered it on 1 March 2026.",
    "health, mental health",
    "Do not answer them.",
    "second factor",
    "+1 800 555 0199",
  ],
  "hipaa-media": ["1,234", "Do not answer them.", "+1 800 555 0199"],
  "hipaa-hhs": ["Clinic Ltd", "1,234", "US-CA: 600", "second factor"],
  // 1798.82(d)(1): the title, and these headings.
  "california-people": [
    /^Notice of Data Breach\n/,
    "\nWhat Happened\n",
    "\nWhat Information Was Involved\n",
    "\nWhat We Are Doing\n",
    "\nWhat You Can Do\n",
    "\nFor More Information\n",
  ],
  "california-attorney-general": ["US-CA: 600", "without anybody's name"],
  "lgpd-authority": ["About 1,234", "stored encrypted", "false messages", "dpo@clinic.example"],
  "lgpd-people": ["Somebody read records.", "stored encrypted", "false messages"],
};

describe("each draft holds what its law asks for", () => {
  for (const draft of DRAFTS) {
    test(`${draft}: filled, with its counts and dates`, () => {
      const { text, html } = draftOf(draft, WHOLE);
      for (const wanted of CONTENTS[draft]) {
        const found = typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
        assert.ok(found, `${String(wanted)} in\n${text}`);
      }
      assert.doesNotMatch(text + html, /\{\w+\}|undefined|null/);
    });
  }

  test("one letter holds what all laws in force ask for, with each thing said once", () => {
    const { title, text } = letterToPeople(["gdpr", "hipaa", "sb446", "lgpd"], WHOLE);
    assert.equal(title, "Notice of Data Breach");
    for (const said of ["Somebody read records.", "false messages", "Do not answer", "Dana Poe"]) {
      assert.equal(text.split(said).length, 2, said);
    }
  });
});

describe("a field that nobody has filled is named", () => {
  const missingOf = (draft: DraftName, from: DraftFacts): readonly string[] => {
    try {
      draftOf(draft, from);
      return [];
    } catch (error) {
      assert.ok(isOubliError(error, "DRAFT_INCOMPLETE"));
      return error.details["fields"] as readonly string[];
    }
  };

  for (const [field, from, drafts] of [
    [
      "consequences",
      { ...WHOLE, file: without("consequences") },
      ["gdpr-authority", "gdpr-people"],
    ],
    ["advice", { ...WHOLE, file: without("advice") }, ["hipaa-people", "california-people"]],
    ["whatHappened", { ...WHOLE, file: without("whatHappened") }, ["gdpr-people", "lgpd-people"]],
    ["controller", { ...WHOLE, controller: null }, ["gdpr-authority", "hipaa-hhs"]],
    ["records", { ...WHOLE, items: null }, ["gdpr-authority", "lgpd-authority"]],
    ["categories", { ...WHOLE, facts: { ...FACTS, categories: [] } }, ["gdpr-people"]],
    ["happened", { ...WHOLE, facts: { ...FACTS, began: null } }, ["hipaa-people"]],
  ] as const) {
    test(`${field}, in ${drafts.join(" and ")}`, () => {
      for (const draft of drafts) assert.ok(missingOf(draft, from).includes(field), draft);
    });
  }

  test("the reasons for the delay, from 72 hours on", () => {
    const [hours, late] = [72, 72 + 1 / 60].map((after) => (AT + after * 3_600_000) as EpochMs);
    assert.deepEqual(missingOf("gdpr-authority", { ...WHOLE, now: hours! }), []);
    assert.deepEqual(missingOf("gdpr-authority", { ...WHOLE, now: late! }), ["lateBecause"]);
    const file = { ...WHOLE.file, lateBecause: "It was a Sunday." };
    assert.deepEqual(missingOf("gdpr-authority", { ...WHOLE, file, now: late! }), []);
  });

  test("a text of blanks and unseen marks is missing, too", () => {
    const file = { ...WHOLE.file, consequences: " \u202e\u0000\n " };
    assert.deepEqual(missingOf("gdpr-people", { ...WHOLE, file }), ["consequences"]);
  });

  test("what a law does not ask for may be missing, and its line is left out", () => {
    const { text } = draftOf("gdpr-people", { ...WHOLE, file: without("advice") });
    assert.doesNotMatch(text, /What you can do/);
  });
});

describe("a text stays a text", () => {
  const hostile =
    '<img src=x onerror="alert(1)">\r\nBcc: all@people.example\n\nWhat you can do\nPay & go';

  test("no mark-up of it is mark-up in a page", () => {
    const file = { ...WHOLE.file, whatHappened: hostile };
    const { html } = draftOf("gdpr-people", { ...WHOLE, file });
    assert.ok(html.includes("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;"));
    assert.doesNotMatch(html, /<img|alert\(1\)">/);
    assert.ok(html.includes("Pay &amp; go"));
  });

  test("no line of it poses as a heading or another field", () => {
    const file = { ...WHOLE.file, whatHappened: hostile };
    const { text } = draftOf("gdpr-people", { ...WHOLE, file });
    assert.equal(text.match(/^What you can do$/gm)?.length, 1);
    assert.doesNotMatch(text, /^Bcc:/m);
  });

  test("a field in braces is not filled a second time", () => {
    const file = { ...WHOLE.file, whatHappened: "{description} $& {controller}" };
    const { text } = draftOf("gdpr-people", { ...WHOLE, file });
    assert.ok(text.includes("{description} $& {controller}"));
    assert.doesNotMatch(text, /stolen|Dublin/);
  });
});

function without(field: keyof DraftFacts["file"]): DraftFacts["file"] {
  const { [field]: _, ...rest } = WHOLE.file;
  return rest as DraftFacts["file"];
}
