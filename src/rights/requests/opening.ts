import type { Entry } from "#audit";
import type { CaseFacts, Rebuild } from "#cases";
import { isOubliError, word, type EpochMs, type SubjectId, type Word } from "#kernel";
import type { Keyring } from "#keys";
import type { Policy } from "#policy";

import { roomOf } from "../rooms.ts";
import { clocksOf, nextAttention, type RequestClocks } from "./clocks.ts";
import type { RequestFacts, RequestFile, RequestRight, Wanted } from "./request.ts";
import { asFacts } from "./step.ts";

/** What the readable part of a request begins with. */
export type Opening = Pick<RequestFacts, "right" | "manner" | "identity"> &
  RequestClocks & {
    readonly language?: Word;
    /** Whether the person asks who is told of it. */
    readonly informs?: boolean;
    /** Whom it is about; `null`: nobody is known by the name that was given. */
    readonly subject: SubjectId | null;
  };

export function openingFacts(policy: Policy, { subject, ...opening }: Opening): RequestFacts {
  return {
    ...opening,
    acknowledgedAt: null,
    extendedAt: null,
    answeredAt: null,
    warned: [],
    waitingFor: waitsAtOnce(policy, opening.right, subject),
    reason: null,
    exceptions: [],
    duplicateOf: null,
    restrictions: [],
    liftToldAt: null,
    counts: {},
  };
}

/** What stands in the way of the first step: somebody has to see it. */
function waitsAtOnce(
  policy: Policy,
  right: RequestRight,
  subject: SubjectId | null,
): readonly Word[] {
  if (subject === null) return [word("no-match")];
  const unwritten = policy.controller === undefined && roomOf(right).needsProof;
  return unwritten ? [word("controller")] : [];
}

/** What of a file is told in no code of the configuration: a restore cannot bring it back. */
type Sealed = Partial<Pick<RequestFile, "details" | "identifiers">> & { readonly wanted?: Wanted };

/** The names of what there is of it. */
export function sealedIn({ details = null, identifiers = {}, wanted = {} }: Sealed): Word[] {
  return [
    ...(details === null ? [] : [word("details")]),
    ...(Object.keys(identifiers).length === 0 ? [] : [word("identifiers")]),
    ...(wanted.corrections === undefined ? [] : [word("corrections")]),
  ];
}

/** What an entry says of what was asked for: codes, and that there is more. */
export function askedSaid(asked: Sealed): CaseFacts {
  const { purposes, ground, recipients = false } = asked.wanted ?? {};
  const sealed = sealedIn(asked);
  return {
    ...(purposes === undefined ? {} : { purposes }),
    ...(ground === undefined ? {} : { ground }),
    ...(recipients ? { recipients } : {}),
    ...(sealed.length === 0 ? {} : { sealed }),
  };
}

/** The same, read from an entry again. */
export function wantedIn(entry: Entry): Wanted {
  const { purposes, ground, recipients } = entry as unknown as Wanted;
  return {
    ...(purposes === undefined ? {} : { purposes }),
    ...(ground === undefined ? {} : { ground }),
    ...(recipients === undefined ? {} : { recipients }),
  };
}

/**
 * A request that came behind the backup, from the entry that took it in: its right and its clocks,
 * the person by the directory, and the names of what was sealed with it, to be given again.
 */
export function rebuildRequest({
  policy,
  keyring,
}: {
  readonly policy: Policy;
  readonly keyring: Pick<Keyring, "externalIdOf">;
}): Rebuild {
  return async (entry) => {
    const { subject } = entry;
    const told = entry as unknown as Opening & { readonly sealed?: readonly Word[] };
    const { right, manner, identity, language, answerBy, sealed = [] } = told;
    const receivedAt = told.receivedAt ?? entry.ts;
    const clocks = { ...clocksAgain(policy, right, { receivedAt, answerBy }), answerBy };
    const wanted = wantedIn(entry);
    const named = {
      ...(language === undefined ? {} : { language }),
      ...(wanted.recipients ? { informs: true } : {}),
    };
    const opening = { right, manner, identity, ...named, ...clocks, subject };
    const facts = openingFacts(policy, opening);
    const file: RequestFile = {
      externalId: (subject && (await keyring.externalIdOf(subject))) ?? "",
      identifiers: {},
      details: null,
      wanted,
      code: null,
      letters: [],
      done: {},
    };
    return {
      parent: null,
      dueAt: nextAttention(facts),
      facts: asFacts(sealed.length === 0 ? facts : { ...facts, missing: sealed }),
      file,
    };
  };
}

/** Of a right that no law in force knows any more, the office's own date is left. */
function clocksAgain(
  policy: Policy,
  right: RequestRight,
  { receivedAt, answerBy }: { readonly receivedAt: EpochMs; readonly answerBy: EpochMs },
): RequestClocks {
  try {
    return clocksOf(policy, right, receivedAt);
  } catch (error) {
    if (!isOubliError(error, "INPUT_INVALID")) throw error;
    const none = { acknowledgeBy: null, firstBy: null, extendableTo: null, statutory: [] };
    return { receivedAt, answerBy, ...none };
  }
}
