import { openCase } from "#cases";
import { isOubliError, word, type EpochMs, type SubjectId, type Word } from "#kernel";

import { roomOf } from "../rooms.ts";
import { tryAcknowledge, withLetter } from "./acknowledge.ts";
import { clocksOf, nextAttention } from "./clocks.ts";
import { linkDuplicate, tooManyUnproven } from "./duplicates.ts";
import { issueCode } from "./one-time-code.ts";
import { askedSaid, openingFacts } from "./opening.ts";
import { loadRequest } from "./read.ts";
import {
  factsOf,
  type Request,
  type RequestFacts,
  type RequestRight,
  type Wanted,
} from "./request.ts";
import { asFacts, step } from "./step.ts";
import { turnAway } from "./turn-away.ts";
import type { Acting, RightsWorld } from "./world.ts";

export interface NewRequest {
  readonly right: RequestRight;
  readonly externalId: string;
  readonly identifiers: Readonly<Record<string, string>>;
  readonly manner: Word;
  /** Of the letters. Default: English. */
  readonly language?: Word;
  readonly details: string | null;
  readonly wanted: Wanted;
  readonly receivedAt: EpochMs;
  /** Whoever brings it knows that the asker is the person: they are logged in, or stand there. */
  readonly proven: boolean;
}

export interface Received {
  readonly request: Request;
  /** To be given to the person over a way that is on record, never one that came with the request. */
  readonly code: string | null;
}

/**
 * Takes a request in. It is in the ledger before anything else happens, and its clocks run from its
 * receipt; whether the person is known is found out behind that.
 *
 * A second one that adds nothing to an open one is linked to it and goes no further. Never to one that
 * is less sure of the asker, and it brings no new code: a duplicate is no way around the proof, and
 * nobody blocks a person's own request by sending one in their name.
 */
export async function receive(
  world: RightsWorld,
  { tenant, actor }: Acting,
  asked: NewRequest,
): Promise<Received> {
  const subject = await world.keyring.find(tenant, asked.externalId);
  const take = () => takeIn(world, { tenant, actor }, asked, subject);
  // One behind the other: of two at once in this process the second finds the first.
  return subject === null ? take() : world.turns.take(subject, take);
}

async function takeIn(
  world: RightsWorld,
  { tenant, actor }: Acting,
  asked: NewRequest,
  subject: SubjectId | null,
): Promise<Received> {
  const facts = startOf(world, asked, subject);
  const { externalId, identifiers, details, wanted } = asked;
  const request: Request = await openCase(world, {
    kind: "request",
    tenant,
    actor,
    subject,
    state: word("received"),
    dueAt: nextAttention(facts),
    facts: asFacts(facts),
    file: { externalId, identifiers, details, wanted, code: null, letters: [], done: {} },
    entry: {
      t: "request",
      facts: {
        right: facts.right,
        from: null,
        to: word("received"),
        manner: facts.manner,
        receivedAt: facts.receivedAt,
        answerBy: facts.answerBy,
        identity: facts.identity,
        ...(facts.language === undefined ? {} : { language: facts.language }),
        ...askedSaid(asked),
      },
    },
  });
  if (subject === null) return { request, code: null };
  try {
    return await goOn(world, request, { actor, tenant });
  } catch (error) {
    if (!isOubliError(error, "CONFLICT")) throw error;
    // The only one who knows of it yet is a process that took in the same just before, and linked it.
    return { request: await loadRequest(world, tenant, request.id), code: null };
  }
}

async function goOn(world: RightsWorld, opened: Request, acting: Acting): Promise<Received> {
  const { request, before } = await linkDuplicate(world, opened, acting);
  if (request.state !== word("received")) return { request, code: null };
  if (factsOf(request).identity !== word("unproven")) {
    return { request: await tryAcknowledge(world, request, acting), code: null };
  }
  if (tooManyUnproven(before, world.clock.now())) {
    const denied = await turnAway(world, request, acting.actor, "too-many-requests");
    return { request: denied, code: null };
  }
  return askForProof(world, request, acting);
}

/** @returns a code, of which the request keeps the hash alone. */
export async function askForProof(
  world: RightsWorld,
  request: Request,
  { actor }: Acting,
): Promise<Received> {
  const { acknowledgedAt } = factsOf(request);
  // Where nobody is named who writes, the code alone is given out.
  const written = world.policy.controller !== undefined;
  const { code, kept } = issueCode(request.file?.code ?? null, {
    now: world.clock.now(),
    ids: world.ids,
  });
  const waiting = await step(world, request, actor, {
    to: "identity-pending",
    facts: {
      waitingFor: [word("identity")],
      ...(written ? { acknowledgedAt: acknowledgedAt ?? world.clock.now() } : {}),
    },
    file: { code: kept, ...(written ? { letters: withLetter(world, request, "proof") } : {}) },
    said: { code: kept.issued },
  });
  return { request: waiting, code };
}

function startOf(world: RightsWorld, asked: NewRequest, subject: SubjectId | null): RequestFacts {
  const { right, manner, language, proven, receivedAt, wanted } = asked;
  const unproven = roomOf(right).needsProof ? "unproven" : "none";
  const identity = proven ? "session" : unproven;
  return openingFacts(world.policy, {
    right: right as Word & RequestRight,
    manner,
    ...(language === undefined ? {} : { language }),
    ...(wanted.recipients ? { informs: true } : {}),
    identity: identity as RequestFacts["identity"],
    ...clocksOf(world.policy, right, receivedAt),
    subject,
  });
}
