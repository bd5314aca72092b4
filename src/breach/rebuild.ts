import type { Entry } from "#audit";
import type { Case, Rebuild, Refound } from "#cases";
import { later, word, type EpochMs, type Json, type Word } from "#kernel";
import type { Policy } from "#policy";

import { readable, type IncidentFacts, type IncidentFile } from "./incident.ts";
import { TAKEN_UP_MS } from "./open-incident.ts";
import { registerEnds } from "./world.ts";

/** What was reported, in words: sealed, so a restore loses it. */
const REPORT = word("report");

/** What was said of it in words since the backup. */
const UPDATES = word("updates");

const NOTHING_SAID: IncidentFile = {
  description: "",
  containmentActions: [],
  phases: [],
  fourFactors: null,
  people: [],
};

/** An incident that was reported behind the backup: its entry has all of it that is a code. */
export const rebuildIncident: Rebuild = async (opening) => {
  const facts = { ...factsIn(opening), missing: [REPORT] };
  return {
    parent: null,
    dueAt: attentionTo(facts, opening.ts),
    facts: readable(facts),
    file: NOTHING_SAID,
  };
};

/** What a step made of an incident, read from its entry. What was said with it in words is lost. */
export function rereadIncident(policy: Policy) {
  return (before: Case<Json>, entry: Entry): Refound => {
    const { missing = [] } = before.facts as unknown as IncidentFacts;
    const said = entry["phase"] === "updated" || entry["phase"] === "closed";
    const lost: readonly Word[] = said ? [...new Set([...missing, UPDATES])] : missing;
    const facts = factsIn(entry);
    return {
      facts: readable(lost.length === 0 ? facts : { ...facts, missing: lost }),
      file: before.file,
      dueAt: attentionTo(facts, entry.ts),
      ...(entry["phase"] === "closed"
        ? {
            closed: true,
            dueAt: null,
            endsAt: registerEnds({ policy, clock: { now: () => entry.ts } }),
          }
        : {}),
    };
  };
}

function factsIn(entry: Entry): IncidentFacts {
  const { missing: _missing, ...facts } = entry["facts"] as unknown as IncidentFacts;
  return facts;
}

/** Whoever had what follows in hand is gone: the next process takes it up. */
function attentionTo({ stage }: IncidentFacts, at: EpochMs): EpochMs | null {
  return stage === "settled" ? null : later(at, TAKEN_UP_MS);
}
