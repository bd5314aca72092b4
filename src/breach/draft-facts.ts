import { lawsOf } from "#law";

import { OubliError, word } from "#kernel";

import {
  draftOf,
  isToPeople,
  isWhole,
  letterToPeople,
  missingFrom,
  type Draft,
  type Letter,
} from "./drafts/draft.ts";
import type { DraftFacts, FieldName } from "./drafts/fields.ts";
import { ENGLISH, type BreachLanguage } from "./drafts/language.ts";
import type { DraftName } from "./drafts/templates.ts";
import { factsOf, type IncidentCase } from "./incident.ts";
import type { BreachWorld } from "./world.ts";

/** What drafts of an incident are filled from. */
function draftFactsOf({ policy, clock }: BreachWorld, incident: IncidentCase): DraftFacts {
  const facts = factsOf(incident);
  const file = incident.file ?? { description: "", containmentActions: [], phases: [] };
  return {
    controller: policy.controller ?? null,
    facts,
    file,
    items: facts.items,
    now: clock.now(),
  };
}

/**
 * One draft: what is for the people in the incident's language, all else in English.
 *
 * @throws {OubliError} `DRAFT_INCOMPLETE`
 */
export function draftOfIncident(
  world: BreachWorld,
  incident: IncidentCase,
  draft: DraftName,
): Draft {
  const language = isToPeople(draft) ? languageOf(world, incident) : ENGLISH;
  return draftOf(draft, draftFactsOf(world, incident), language);
}

/**
 * The letter to the people, as all laws in force ask for it, in the incident's language.
 *
 * @throws {OubliError} `DRAFT_INCOMPLETE`, also where this process was not given the language.
 */
export function peopleLetter(world: BreachWorld, incident: IncidentCase): Letter {
  const language = languageOf(world, incident);
  return letterToPeople(lawNames(world), draftFactsOf(world, incident), language);
}

export function lettersLack(world: BreachWorld, incident: IncidentCase): readonly FieldName[] {
  return missingFrom(lawNames(world), draftFactsOf(world, incident));
}

/** @throws {OubliError} `DRAFT_INCOMPLETE` */
function languageOf(
  { breachLetters }: Pick<BreachWorld, "breachLetters">,
  incident: Pick<IncidentCase, "facts">,
): BreachLanguage {
  const { language } = factsOf(incident as IncidentCase);
  const found = language === undefined ? ENGLISH : breachLetters.get(language);
  if (found === undefined) throw new OubliError("DRAFT_INCOMPLETE", { fields: [word("language")] });
  return found;
}

/** The languages in which every letter to the people can be written. */
export function writableLanguages(world: BreachWorld): readonly string[] {
  const laws = lawNames(world);
  const given = [...world.breachLetters.values()].filter((language) => isWhole(language, laws));
  return [ENGLISH.tag, ...given.map(({ tag }) => tag)];
}

function lawNames(world: BreachWorld): readonly string[] {
  return lawsOf(world.policy).map(({ name }) => name);
}
