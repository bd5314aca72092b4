import { lawsOf } from "#law";

import { letterToPeople, missingFrom, type Letter } from "./drafts/draft.ts";
import type { DraftFacts, FieldName } from "./drafts/fields.ts";
import { factsOf, type IncidentCase } from "./incident.ts";
import type { BreachWorld } from "./world.ts";

/** What drafts of an incident are filled from. */
export function draftFactsOf({ policy, clock }: BreachWorld, incident: IncidentCase): DraftFacts {
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

/** The letter to the people, as all laws in force ask for it. */
export function peopleLetter(world: BreachWorld, incident: IncidentCase): Letter {
  return letterToPeople(lawNames(world), draftFactsOf(world, incident));
}

export function lettersLack(world: BreachWorld, incident: IncidentCase): readonly FieldName[] {
  return missingFrom(lawNames(world), draftFactsOf(world, incident));
}

function lawNames(world: BreachWorld): readonly string[] {
  return lawsOf(world.policy).map(({ name }) => name);
}
