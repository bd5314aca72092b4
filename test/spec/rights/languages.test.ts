import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { LetterTexts } from "#rights";

import { withoutRandom } from "../../support/without-random.ts";
import { GERMAN } from "./german.ts";
import { letter, openOffice, received } from "./office.ts";

const LETTERS = { letters: { de: GERMAN } };

/** A copy that one thing is wrong in: it is set, or where nothing is given, taken away. */
function changed(path: string, wrong?: unknown): LetterTexts {
  const texts = structuredClone(GERMAN);
  const names = path.split(".");
  const last = names.pop()!;
  const at = names.reduce<object>((inner, name) => Reflect.get(inner, name) as object, texts);
  if (wrong === undefined) Reflect.deleteProperty(at, last);
  else Reflect.set(at, last, wrong);
  return texts;
}

async function refused(texts: LetterTexts, details: Record<string, unknown>): Promise<void> {
  await assert.rejects(openOffice({}, { letters: { de: texts } }), (error: never) => {
    const { code, details: told } = error as { code: string; details: Record<string, unknown> };
    assert.equal(code, "CONFIG_INVALID");
    assert.partialDeepStrictEqual(told, details);
    return true;
  });
}

describe("letters in the language that a request names", () => {
  test("have the same facts in it: dates, numbers, reasons and lists", async () => {
    await using office = await openOffice({}, LETTERS);
    await office.person("ada", ["likes tea", "likes jam"]);
    const asked = { person: "ada", right: "erasure", language: "de" } as const;
    const id = await received(office, asked);
    assert.match(
      await letter(office, id),
      /Am 1\. Januar 2026 haben Sie von Clinic Ltd verlangt: die Löschung Ihrer Daten\./,
    );
    const { letters, language } = await office.dpo.requests.advance(id);
    assert.equal(language, "de");
    const { title, text, html } = letters.at(-1)!;
    assert.equal(title, "Unsere Antwort");
    assert.match(text, /Wir haben 2 Erinnerungen gelöscht\.\n\nDas ist noch nicht endgültig/);
    assert.match(html, /<html lang="de" dir="auto">/);
    assert.doesNotMatch(withoutRandom(text), /\b(your|the|we)\b|[{}]/i);
  });

  test("say one thing as the language says one, and codes by the names that were given", async () => {
    await using office = await openOffice({}, LETTERS);
    await office.person("ada", ["likes tea", "likes jam"]);
    const person = await office.dpo.subject("ada");
    const [first] = (await person.list()).nodes;
    await person.hold({ case: "12/26", reason: "litigation", nodes: [first!.id] });
    const id = await received(office, { person: "ada", right: "erasure", language: "de" });
    await office.dpo.requests.advance(id);
    const text = await letter(office, id);
    assert.match(text, /Wir haben eine Erinnerung gelöscht\./);
    assert.match(text, /Vorerst behalten wir 1: ein Rechtsstreit\./);
  });

  test("name a purpose by its code where no name is given, whatever the code is", async () => {
    const purpose = { basis: "legitimate-interests", categories: ["preference"], retention: "P1Y" };
    const purposes = { constructor: purpose } as never;
    await using office = await openOffice({ purposes }, LETTERS);
    await office.person("ada");
    for (const language of ["en", "de"]) {
      const asked = { person: "ada", right: "objection", details: language, language } as const;
      const id = await received(office, asked);
      await office.dpo.requests.advance(id);
      assert.match(await letter(office, id), /\bconstructor\b/);
    }
  });

  test("are English where none is named", async () => {
    await using office = await openOffice({}, LETTERS);
    await office.person("ada");
    const id = await received(office, { person: "ada", right: "access" });
    assert.match(await letter(office, id), /On 1 January 2026 you asked/);
    assert.equal((await office.dpo.requests.show(id)).language, "en");
  });

  test("are refused, with those that there are, before a request is received", async () => {
    await using office = await openOffice({}, LETTERS);
    await office.person("ada");
    const asked = { person: "ada", right: "access", language: "fr" } as const;
    await assert.rejects(received(office, asked), {
      code: "INPUT_INVALID",
      details: {
        field: "request.language",
        given: "a string of 2 characters",
        accepted: "en | de",
      },
    });
    assert.equal((await office.entries("request")).length, 0);
  });

  test("wait for what nobody has filled, by the field's name", async () => {
    await using office = await openOffice({ controller: undefined as never }, LETTERS);
    await office.person("ada", ["likes tea"]);
    const id = await received(office, { person: "ada", right: "erasure", language: "de" });
    await assert.rejects(office.dpo.requests.advance(id), {
      code: "DRAFT_INCOMPLETE",
      details: { fields: ["controller", "contact"] },
    });
  });
});

describe("letters that an application gives are refused at start", () => {
  const answer = "templates.answer.paragraphs";
  const { paragraphs } = GERMAN.templates.answer;
  const without = (...fields: readonly string[]) =>
    paragraphs.filter((text) => !fields.some((field) => text.includes(field)));

  test("where they name a field that no letter has", async () => {
    const texts = changed(answer, [...paragraphs, "{done}"]);
    await refused(texts, { field: `letters.de.${answer}`, given: "done" });
  });

  test("where a title or a name has a field: nothing fills it there", async () => {
    for (const path of ["templates.answer.title", "names.litigation"]) {
      await refused(changed(path, "Antwort {reference}"), {
        field: `letters.de.${path}`,
        given: "reference",
        accepted: "no field",
      });
    }
  });

  test("where they lack a field that ours has", async () => {
    await refused(changed(answer, without("{final}")), {
      field: `letters.de.${answer}`,
      given: "nothing",
      accepted: "{final}, in a paragraph that is always there",
    });
  });

  test("where a fact that must be said would go with one that may be missing", async () => {
    await refused(changed(answer, [...without("{did}", "{kept}"), "{did} {kept}"]), {
      field: `letters.de.${answer}`,
      accepted: "{did}, in a paragraph that is always there",
    });
    await refused(changed(answer, [...without("{told}", "{kept}"), "{told} {kept}"]), {
      field: `letters.de.${answer}`,
      accepted: "one paragraph each: told, kept",
    });
  });

  test("where a letter, a phrase or a field of a phrase is not there", async () => {
    for (const gone of ["templates.denial", "phrases.denied.research"]) {
      await refused(changed(gone), { field: `letters.de.${gone}`, given: "nothing" });
    }
    await refused(changed("phrases.said.keptFor", "Wir behalten {count}."), {
      field: "letters.de.phrases.said.keptFor",
      accepted: "{reason}",
    });
    await refused(changed("phrases.said.erased.other", "Gelöscht."), {
      field: "letters.de.phrases.said.erased.other",
      accepted: "{count}",
    });
  });

  test("where something stands in them that is no text, or a brace that is no field", async () => {
    await refused(changed("templates.proof.title", 7), {
      field: "letters.de.templates.proof.title",
      given: "a number",
    });
    await refused(changed("phrases.asked.access", "{für Sie}"), {
      field: "letters.de.phrases.asked.access",
      accepted: "no braces but those of a {field}",
    });
    await refused(changed("footer", "x"), { field: "letters.de", given: "footer" });
  });

  test("where no date can be written in the language", async () => {
    for (const tag of ["xx", "en", "deutsch!"]) {
      await assert.rejects(openOffice({}, { letters: { [tag]: GERMAN } }), {
        code: "CONFIG_INVALID",
      });
    }
  });
});
