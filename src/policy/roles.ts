import { word, type Actor, type SubjectId, type Word } from "#kernel";

import { VERBS, type Role, type Verb, type VerbFacts } from "./verb.ts";

/** Roles that watch over memories and do not use them. */
const OVERSIGHT: readonly string[] = ["privacy-officer", "auditor"] satisfies Role[];

/** The actor for a person who acts on their own memories. */
export function subjectActor(subject: SubjectId): Actor {
  return { kind: "subject", id: subject as string as Word, roles: [word("subject")] };
}

/** The roles an actor has towards a subject: `subject` counts for oneself alone. */
export function rolesTowards(actor: Actor, subject: SubjectId): readonly Word[] {
  const self = (actor.id as string) === subject;
  return actor.roles.filter((role) => role !== word("subject") || self);
}

/** Whether these roles do a verb by right, so that it needs no purpose. */
export function hasRight(verb: Verb, roles: readonly string[]): boolean {
  const { rightOf }: VerbFacts = VERBS[verb];
  return rightOf.some((role) => roles.includes(role));
}

/** Whether these roles use memories at all, where a purpose does not name its own. */
export function mayUse(roles: readonly string[], named: readonly string[] | null): boolean {
  if (named !== null) return roles.some((role) => named.includes(role));
  return roles.some((role) => !OVERSIGHT.includes(role));
}

/** Whether an actor may learn how many nodes each guard withheld. */
export function mayExplain(actor: Actor): boolean {
  return actor.roles.some((role) => OVERSIGHT.includes(role));
}
