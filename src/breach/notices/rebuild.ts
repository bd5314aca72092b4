import type { Entry } from "#audit";
import { openFile, type CaseRow, type Rebuild } from "#cases";
import { word, type CaseId, type SubjectId } from "#kernel";

import type { BreachWorld } from "../world.ts";
import { noticesOf } from "./children.ts";
import {
  isAlert,
  isLetters,
  isTask,
  noticeFacts,
  NOTHING,
  readableNotice,
  type AlertFacts,
  type LettersFile,
  type NoticeFacts,
  type TaskFacts,
} from "./notice.ts";
import { attentionAt } from "./tasks.ts";

/**
 * A notice that was opened behind the backup, from its entry. One that was cut off before it had a
 * row, and was opened anew, is not opened twice: nobody gets a letter from both.
 */
export function rebuildNotice(world: BreachWorld): Rebuild {
  return async (opening, { alone }) => {
    const { tenant, ts } = opening;
    const parent = opening["incident"] as CaseId;
    const others: CaseRow[] = [];
    if (alone) for await (const row of noticesOf(world, { tenant, id: parent })) others.push(row);
    const people = await withoutLetter(world, opening, others);
    const facts = factsIn(opening, people.length);
    if (others.some((row) => isSame(noticeFacts(row), facts))) return null;
    if (isLetters(facts) && people.length === 0) return null;
    const file: LettersFile = { people, told: {}, noAddress: {} };
    const isWaiting = opening["state"] === word("waiting");
    return {
      parent,
      facts: readableNotice(facts),
      dueAt: isTask(facts) ? attentionAt(facts, ts) : isWaiting ? null : ts,
      file: isLetters(facts) ? file : NOTHING,
    };
  };
}

function factsIn(opening: Entry, people: number): NoticeFacts {
  const { to, about, duty = null } = opening as unknown as AlertFacts;
  if (to === "dpo") return { to, about, duty, attempts: 0, sentBy: [] };
  if ((to as string) === "people") {
    return { to: "people", people, sent: 0, unreached: 0, attempts: 0 };
  }
  const { law, deadline, exempt, doneAt, ...task } = opening as unknown as TaskFacts;
  return { to: task.to, duty: task.duty, law, deadline, exempt, doneAt };
}

/** Whose letters these are; whom another one reaches has that. */
async function withoutLetter(
  world: BreachWorld,
  opening: Entry,
  others: readonly CaseRow[],
): Promise<readonly SubjectId[]> {
  const people = new Set((opening["whom"] ?? []) as readonly SubjectId[]);
  for (const row of others.filter((one) => isLetters(noticeFacts(one)))) {
    const { file } = await openFile<LettersFile>(world, row);
    for (const subject of file?.people ?? []) people.delete(subject);
  }
  return [...people];
}

function isSame(one: NoticeFacts, other: NoticeFacts): boolean {
  if (isAlert(one) && isAlert(other)) return one.about === other.about && one.duty === other.duty;
  return isTask(one) && isTask(other) && one.duty === other.duty;
}
