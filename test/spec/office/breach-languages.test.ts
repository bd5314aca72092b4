import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { openOubli, openTestOubli, type OpenOptions } from "#engine";
import { hipaa } from "#policy";
import type { LetterTexts } from "#rights";

import { GERMAN } from "../rights/german.ts";
import { OFFICER } from "../world.ts";
import { CONTROLLER, NOW, openOffice, report } from "./breach-world.ts";

const HAPPENED = [
  "{whatHappened}",
  "Es geschah {happened}.",
  "Bemerkt haben wir es am {discovered}.",
];

const PEOPLE = {
  title: "Eine Panne mit Ihren Daten",
  sections: [
    { heading: "Was geschehen ist", lines: HAPPENED },
    { heading: "Was betroffen ist", lines: ["Daten über Sie: {categories}."] },
    { heading: "Was das für Sie heißen kann", lines: ["{consequences}"] },
    { heading: "Was wir tun", lines: ["{measures}"] },
    { heading: "Was Sie tun können", lines: ["{advice}"] },
    { heading: "Wen Sie fragen können", lines: ["{contact}"] },
  ],
};

const BREACH = {
  letters: { "gdpr-people": PEOPLE },
  phrases: {
    since: "ab dem {from}",
    period: "vom {from} bis zum {to}",
    stored: "Die Daten sind verschlüsselt gespeichert.",
    encrypted: "Die Daten waren verschlüsselt ({reason}).",
  },
} as const;

const letters = {
  de: { ...GERMAN, names: { ...GERMAN.names, account: "Konto" }, breach: BREACH },
};

const TEXTS = {
  whatHappened: "Jemand hat gelesen, was er nicht durfte.",
  consequences: "Sie könnten falsche Nachrichten bekommen.",
  measures: "Wir haben das Passwort geändert.",
};

describe("letters about an incident in a language of the application", () => {
  test("are written in the incident's, with its dates and names; a notice to an authority is in English", async () => {
    await using office = await openOffice({}, [], { letters });
    const given = report({ severity: "critical", began: NOW - 86_400_000, ...TEXTS });
    const { id } = await office.breach.open({ ...given, language: "de" });
    await office.breach.work();
    const sent = office.box.messages.find(({ to }) => to.kind === "person")!;
    assert.equal(sent.title, PEOPLE.title);
    for (const said of [
      "Es geschah ab dem 31. Dezember 2025.",
      "Bemerkt haben wir es am 1. Januar 2026.",
      "Daten über Sie: Konto.",
      TEXTS.whatHappened,
    ]) {
      assert.ok(sent.text.includes(said), sent.text);
    }
    assert.match(sent.html, /^<!doctype html>\n<html lang="de" dir="auto">/);
    assert.equal((await office.breach.draft(id, "gdpr-people")).title, PEOPLE.title);
    assert.match((await office.breach.draft(id, "lgpd-people")).title, /^A security incident/);
    const back = await office.breach.update(id, { language: "en" });
    assert.equal(back.language, undefined);
    assert.match((await office.breach.draft(id, "gdpr-people")).text, /It happened from/);
  });

  test("wait in a process that was not given the language; a notice to an authority does not", async () => {
    const folder = mkdtempSync(join(tmpdir(), "oubli-languages-"));
    const store = `sqlite:${join(folder, "data")}`;
    const regions = { eu: { jurisdictions: ["*"], store } };
    const open = (options: OpenOptions) =>
      openOubli(
        { controller: CONTROLLER, regions },
        { sweep: "manual", actor: OFFICER, ...options },
      );
    try {
      await using here = await open({ letters });
      const given = report({ affectedUsers: [], ...TEXTS });
      const { id } = await here.breach.open({ ...given, language: "de" });
      await using away = await open({});
      await assert.rejects(away.breach.draft(id, "gdpr-people"), {
        code: "DRAFT_INCOMPLETE",
        details: { fields: ["language"] },
      });
      const late = { lateBecause: "It was found late.", records: 3 };
      await away.breach.update(id, late);
      assert.match((await away.breach.draft(id, "gdpr-authority")).title, /^Notification/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("are refused in one that nobody gave, or in which a law's letter is not given", async () => {
    await using office = await openOffice({}, [], { letters });
    const rejects = (one: typeof office, language: string, accepted: string) =>
      assert.rejects(one.breach.open({ ...report(), language }), {
        code: "INPUT_INVALID",
        details: { field: "report.language", given: "a string of 2 characters", accepted },
      });
    await rejects(office, "fr", "en | de");
    await using clinic = await openOffice({ packs: [hipaa()] }, [], { letters });
    await rejects(clinic, "de", "en");
  });

  const broken: Readonly<Record<string, (texts: typeof BREACH) => unknown>> = {
    "a letter without one of its fields": (texts) => ({
      ...texts,
      letters: { "gdpr-people": { ...PEOPLE, sections: PEOPLE.sections.slice(1) } },
    }),
    "a field that is not there": (texts) => ({
      ...texts,
      letters: {
        "gdpr-people": {
          ...PEOPLE,
          sections: [...PEOPLE.sections, { heading: "Wer", lines: ["{actor}"] }],
        },
      },
    }),
    "a field in a title": (texts) => ({
      ...texts,
      letters: { "gdpr-people": { ...PEOPLE, title: "Für {contact}" } },
    }),
    "what may be missing beside what may not": (texts) => ({
      ...texts,
      letters: {
        "gdpr-people": {
          ...PEOPLE,
          sections: [...PEOPLE.sections, { heading: "Rat", lines: ["{advice} {measures}"] }],
        },
      },
    }),
    "a letter that nobody knows": (texts) => ({ ...texts, letters: { "gdpr-authority": PEOPLE } }),
    "a phrase without its field": (texts) => ({
      ...texts,
      phrases: { ...texts.phrases, since: "ab dann" },
    }),
    "no phrases": ({ letters: given }) => ({ letters: given }),
    "nothing that is an object": () => "Panne",
  };
  for (const [what, change] of Object.entries(broken)) {
    test(`are refused at start: ${what}`, async () => {
      const breach = change(BREACH) as LetterTexts["breach"];
      await assert.rejects(openTestOubli({}, { letters: { de: { ...GERMAN, breach: breach! } } }), {
        code: "CONFIG_INVALID",
        message: /letters\.de\.breach/,
      });
    });
  }
});
