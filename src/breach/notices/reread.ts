import type { Entry } from "#audit";
import type { Case, Refound } from "#cases";
import { later, type EpochMs, type Json, type SubjectId } from "#kernel";
import type { Policy } from "#policy";

import { registerEnds } from "../world.ts";
import {
  isAlert,
  isLetters,
  noticeFacts,
  readableNotice,
  type AlertFacts,
  type LettersFacts,
  type LettersFile,
  type Notice,
  type TaskFacts,
} from "./notice.ts";
import { attentionAt } from "./tasks.ts";

/**
 * What a step made of a notice, read from its entry, for one that came back from a backup as it was
 * before it: so that nobody gets a letter twice, and no task that was done is due again.
 */
export function rereadNotice(policy: Policy) {
  return (before: Case<Json>, entry: Entry): Refound => {
    const notice = before as unknown as Notice;
    const facts = noticeFacts(notice);
    const reread = isAlert(facts)
      ? alertIn(facts, entry)
      : isLetters(facts)
        ? lettersIn(facts, notice.file as LettersFile | null, entry)
        : taskIn(facts, entry);
    const ends = { closed: true, endsAt: registerEnds({ policy, clock: { now: () => entry.ts } }) };
    const { over, ...rest } = reread;
    return { file: before.file, ...rest, ...(over ? { ...ends, dueAt: null } : {}) };
  };
}

type Reread = Pick<Refound, "facts" | "dueAt"> & { readonly over: boolean; readonly file?: Json };

function alertIn(facts: AlertFacts, entry: Entry): Reread {
  const { attempt = facts.attempts, sentBy = [] } = entry as {
    attempt?: number;
    sentBy?: readonly string[];
  };
  const all = [...new Set([...facts.sentBy, ...sentBy])];
  return {
    facts: readableNotice({ ...facts, attempts: attempt, sentBy: all }),
    dueAt: entry.ts,
    over: entry["state"] === "sent",
  };
}

/** Who was told in an attempt counts as told by each notifier that sent anything in it. */
function lettersIn(facts: LettersFacts, file: LettersFile | null, entry: Entry): Reread {
  const {
    attempt = facts.attempts,
    unreached = facts.unreached,
    told = [],
    sentBy = [],
  } = entry as {
    attempt?: number;
    unreached?: number;
    told?: readonly SubjectId[];
    sentBy?: readonly string[];
  };
  const added = Object.fromEntries(
    sentBy.map((name) => [name, [...new Set([...(file?.told[name] ?? []), ...told])]]),
  );
  const after = file && { ...file, told: { ...file.told, ...added } };
  const sent = new Set(Object.values(after?.told ?? {}).flat()).size;
  return {
    facts: readableNotice({ ...facts, attempts: attempt, sent, unreached }),
    ...(after === null ? {} : { file: after as unknown as Json }),
    dueAt: entry.ts,
    over: entry["state"] === "sent",
  };
}

/** The entry of a task has all that there is of it. */
function taskIn(before: TaskFacts, entry: Entry): Reread {
  const { deadline, exempt, doneAt } = entry as unknown as TaskFacts;
  const facts = { ...before, deadline, exempt, doneAt };
  return {
    facts: readableNotice(facts),
    dueAt:
      entry["about"] === undefined ? attentionAt(facts, entry.ts) : remindedAgain(facts, entry),
    over: entry["outcome"] !== undefined,
  };
}

/** Somebody who was reminded of what is not over yet is reminded once it is. */
function remindedAgain({ deadline }: TaskFacts, entry: Entry): EpochMs | null {
  return deadline === null || entry["about"] === "overdue" ? null : later(deadline, 1);
}
