import type { Entry } from "#audit";
import type { Case, Refound } from "#cases";
import { base64, DAY_MS, later, word, type EpochMs, type Json, type Word } from "#kernel";
import type { Policy } from "#policy";

import { roomOf } from "../rooms.ts";
import { nextAttention } from "./clocks.ts";
import { logEnd } from "./close.ts";
import { wantedIn } from "./opening.ts";
import { recipientsOf, withRecipients, type Recipient } from "./recipients-of.ts";
import {
  factsOf,
  type Done,
  type IssuedCode,
  type Request,
  type RequestFacts,
  type RequestFile,
} from "./request.ts";
import { isEnd, type RequestState } from "./states.ts";
import { ANSWER_DAYS, asFacts } from "./step.ts";

/**
 * What a step made of a request, read from its entry, for a request that came back from a backup as
 * it was before it: so that what was answered is not carried out again, and guesses at a code are not
 * given back. Letters and packages of that time are gone.
 */
export function rereadRequest(policy: Policy) {
  return (before: Case<Json>, entry: Entry): Refound => {
    const request = before as unknown as Request;
    const facts = { ...factsOf(request), ...factsIn(policy, request, entry) };
    const state = entry["state"] as RequestState;
    return {
      facts: asFacts(facts),
      file: request.file && {
        ...request.file,
        wanted: { ...request.file.wanted, ...wantedIn(entry) },
        ...fileIn(request.file, entry),
      },
      dueAt: isEnd(state)
        ? later(facts.answeredAt ?? entry.ts, ANSWER_DAYS * DAY_MS)
        : nextAttention(facts, goesOn(state, facts) ? entry.ts : null),
      ...(entry["closed"] === true ? { endsAt: logEnd(policy, facts.answeredAt ?? entry.ts) } : {}),
    };
  };
}

/** Whether it is looked at without anybody's doing: at once, then. */
function goesOn(state: RequestState, { right }: RequestFacts): boolean {
  if (state === "waiting") return roomOf(right).isReady !== undefined;
  return state === "checking" || state === "executing";
}

function factsIn(policy: Policy, request: Request, entry: Entry): Partial<RequestFacts> {
  const before = factsOf(request);
  return {
    ...(entry["to"] === undefined ? {} : steppedTo(before, request.state, entry)),
    // The letter that asks for proof says that the request came.
    ...(entry["code"] === undefined || policy.controller === undefined
      ? {}
      : { acknowledgedAt: before.acknowledgedAt ?? entry.ts }),
    ...(typeof entry["warning"] === "number"
      ? { warned: [...before.warned, entry["warning"]] }
      : {}),
    ...(entry["counts"] ? { counts: entry["counts"] as RequestFacts["counts"] } : {}),
    ...(entry["exceptions"] ? { exceptions: entry["exceptions"] as readonly Word[] } : {}),
    ...(entry["restrictions"]
      ? { restrictions: entry["restrictions"] as RequestFacts["restrictions"] }
      : {}),
    ...(entry["of"] ? { duplicateOf: entry["of"] as RequestFacts["duplicateOf"] } : {}),
    ...(entry["lift"] === "told" ? { liftToldAt: entry.ts } : {}),
    ...(entry["lift"] === "done" ? { restrictions: [] } : {}),
    ...(entry["toInform"] === true ? { toInform: true } : {}),
    ...(entry["informed"] === true ? { toInform: false } : {}),
    ...(entry["sealed"] ? { missing: missingIn(before, entry) } : {}),
    ...recipientsIn(before, entry),
  };
}

/** What was sealed with a step is lost with it. */
function missingIn({ missing = [] }: RequestFacts, entry: Entry): readonly Word[] {
  return [...new Set([...missing, ...(entry["sealed"] as readonly Word[])])];
}

/** What comes with a state, whichever act led there. */
function steppedTo(before: RequestFacts, from: Word, entry: Entry): Partial<RequestFacts> {
  const to = entry["to"] as RequestState;
  const { ts } = entry;
  const proven = to === "acknowledged" && from === word("identity-pending");
  const extended = entry["extendedTo"] as EpochMs | undefined;
  return {
    waitingFor: waitingIn(to, entry, before),
    ...(to === "acknowledged" ? { acknowledgedAt: before.acknowledgedAt ?? ts } : {}),
    ...(proven ? { identity: "code" as RequestFacts["identity"] } : {}),
    ...(entry["reason"] ? { reason: entry["reason"] as Word } : {}),
    ...(extended === undefined ? {} : { answerBy: extended, extendedAt: ts, warned: [] }),
    ...(isEnd(to) ? { answeredAt: before.answeredAt ?? ts } : {}),
    // Whoever it was linked to ended without an answer.
    ...(to === "received" ? { duplicateOf: null, answeredAt: null } : {}),
  };
}

function waitingIn(to: RequestState, entry: Entry, { identity }: RequestFacts): readonly Word[] {
  if (to === "identity-pending") return [word("identity")];
  if (to === "received") return identity === word("unproven") ? [word("identity")] : [];
  const blocks = (entry["blocks"] ?? []) as readonly { readonly code: Word }[];
  return (entry["waitingFor"] ?? blocks.map(({ code }) => code)) as readonly Word[];
}

function recipientsIn(before: RequestFacts, entry: Entry): Partial<RequestFacts> {
  const names = (key: string) => (entry[key] ?? []) as readonly Word[];
  const because = (entry["because"] ?? null) as Recipient["because"];
  const changed: readonly Recipient[] = [
    ...names("untold").map((recipient) => ({ recipient, toldAt: null, because: null })),
    ...names("told").map((recipient) => ({ recipient, toldAt: entry.ts, because: null })),
    ...names("notTold").map((recipient) => ({ recipient, toldAt: null, because })),
  ];
  if (changed.length === 0) return {};
  const recipients = withRecipients(recipientsOf(before), ...changed);
  const open = recipients.filter((one) => one.toldAt === null && one.because === null);
  return {
    recipients,
    ...(isEnd(entry["state"] as string as RequestState)
      ? { waitingFor: open.map(({ recipient }) => recipient) }
      : {}),
  };
}

const HASH_BYTES = 32;

/** Its hash is gone, and it is over: whoever had it is given another. */
const LOST: IssuedCode = {
  salt: "",
  hash: base64(new Uint8Array(HASH_BYTES)),
  expiresAt: -1 as EpochMs,
  attempts: 0,
  issued: 0,
};

function fileIn({ code, done }: RequestFile, entry: Entry): Partial<RequestFile> {
  const erasure = entry["erasure"] as Done["erasure"];
  if (erasure !== undefined) return { done: { ...done, erasure } };
  const { attempts, code: issued, to } = entry as { attempts?: number; code?: number; to?: string };
  if (to === "acknowledged") return { code: null };
  if (issued !== undefined) return { code: { ...LOST, attempts: code?.attempts ?? 0, issued } };
  return attempts === undefined ? {} : { code: { ...(code ?? LOST), attempts } };
}
