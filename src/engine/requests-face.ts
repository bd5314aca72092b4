import type { Writable } from "node:stream";

import type { Accounting } from "#accountability";
import { OubliError, word, type Acting, type CaseId, type EpochMs, type Word } from "#kernel";
import type { Role } from "#policy";
import {
  advanceRequest,
  announceLift,
  anotherCode,
  clocksOf,
  closeRequest,
  deny,
  extend,
  informOfRecipients,
  liftRestriction,
  listRequests,
  loadRequest,
  noteAccounted,
  noteMade,
  prove,
  receive,
  refuseUnwritable,
  shownToOfficer,
  takeBack,
  tell,
  tendRequests,
  type KeptPackage,
  type Letter,
  type Request,
  type RequestClocks,
  type RequestRight,
  type RequestShown,
  type Tended,
} from "#rights";
import type { z } from "zod";

import { accountabilityFace } from "./accountability-face.ts";
import { check, configured, wordError } from "./input/index.ts";
import { requestShapes as shapes } from "./input/request-shapes.ts";
import { has, OFFICER, OPERATORS, OVERSEERS, refuseUnless } from "./oversight.ts";
import { endWaiting, keepFor, type KeepOptions, type PackageOptions } from "./package-face.ts";
import { recordRead } from "./record-read.ts";
import { atOnce, newRequest, refuseUndeclared, wantedOf } from "./request-input.ts";
import { openSubject } from "./subject.ts";
import type { EngineWorld } from "./world.ts";

type Given<Name extends keyof typeof shapes> = z.input<(typeof shapes)[Name]>;

/** Where the last page of requests ended. */
export interface RequestCursor {
  readonly openedAt: EpochMs;
  readonly request: CaseId;
}

export interface RequestPage {
  readonly requests: readonly RequestShown[];
  readonly next: RequestCursor | null;
}

/**
 * What people ask for, from receipt to answer. The application receives and proves; the privacy
 * officer does the rest; the auditor reads.
 *
 * @source GDPR Art. 12–22 · 45 CFR 164.524, 164.526 · 11 CCR 7020–7028 · LGPD Art. 18, 19
 */
export interface RequestsFace {
  /**
   * Takes a request in, for the person of this external id; whether they are known is found out
   * behind that. An opt-out and a limited use are carried out at once.
   *
   * @returns with `code` where the person still has to show who they are: give it to them over a
   *   way that is on record, never one that came with the request.
   */
  receive(
    input: Given<"receive">,
  ): Promise<{ readonly request: RequestShown; readonly code: string | null }>;
  /** When a request for a right would have to be answered; nothing is written. */
  clocks(right: RequestRight, receivedAt?: Date | number): RequestClocks;
  /** The same for a whole request, refused like it: what {@link receive} would take. */
  plan(input: Given<"receive">): RequestClocks;
  /** Takes the one-time code. @throws {OubliError} `IDENTITY_REFUSED` with the tries left. */
  prove(request: string, code: string): Promise<RequestShown>;
  /** A further code, for one that was lost; three at most, and no further tries. */
  anotherCode(
    request: string,
  ): Promise<{ readonly request: RequestShown; readonly code: string | null }>;
  /** Newest first, without what is sealed. */
  list(page?: Given<"list">): Promise<RequestPage>;
  show(request: string): Promise<RequestShown>;
  /**
   * Takes a request as far as it goes: acknowledged, checked, carried out, answered. It cannot be
   * undone. What it waits for is in the answer.
   */
  advance(request: string, added?: Given<"advance">): Promise<RequestShown>;
  /**
   * Recipients were told of it: processors, and other systems. An answer that waited for nothing else
   * is complete with the last of them.
   */
  told(request: string, recipients: readonly string[]): Promise<RequestShown>;
  /**
   * A recipient is not told, because that proved impossible or would take a disproportionate effort;
   * `document` says where that is reasoned: a configured code.
   *
   * @source GDPR Art. 19
   */
  notTold(request: string, recipient: string, why: Given<"notTold">): Promise<RequestShown>;
  /**
   * The letter that says who was told of a request, and who was not; also after its answer was sent.
   *
   * @throws {OubliError} `REQUEST_STATE` before it is answered; `DRAFT_INCOMPLETE` where nobody had to
   *   be told.
   * @source GDPR Art. 19
   */
  informOfRecipients(request: string, why?: Given<"inform">): Promise<Letter>;
  /** Makes the package that an access request asks for, and answers with it. */
  package(request: string, to: string | Writable, options?: PackageOptions): Promise<RequestShown>;
  /** The same, kept sealed: the link that opens it once is for the person, and kept by nobody. */
  keepPackage(
    request: string,
    options?: KeepOptions,
  ): Promise<Pick<KeptPackage, "link" | "expiresAt"> & { readonly request: RequestShown }>;
  /**
   * Makes the accounting of disclosures that a request asks for, and answers with it.
   *
   * @source 45 CFR 164.528
   */
  accounting(
    request: string,
  ): Promise<{ readonly request: RequestShown; readonly accounting: Accounting }>;
  /** Takes more time, once, within the first. @throws {OubliError} `EXTENSION_REFUSED` */
  extend(request: string, why: Given<"extend">): Promise<RequestShown>;
  deny(request: string, why: Given<"deny">): Promise<RequestShown>;
  withdraw(request: string): Promise<RequestShown>;
  /** The answer has reached the person: what is sealed is destroyed now, and not in 30 days. */
  sent(request: string): Promise<RequestShown>;
  /** The letter that tells a person that their restriction ends. It goes out before {@link lift}. */
  announceLift(request: string, why?: Given<"lift">): Promise<Letter>;
  /** Lifts what a request restricted. @throws {OubliError} `REQUEST_STATE` before they were told. */
  lift(request: string): Promise<RequestShown>;
  /** Does what is due of all requests: warnings, those that go on by themselves, those that end. */
  tend(): Promise<Tended>;
}

export function requestsFace(world: EngineWorld, who: Acting): RequestsFace {
  const at = desk(world, who);
  return {
    ...receivingFace(world, who, at),
    ...readingFace(world, who, at),
    ...answeringFace(world, who, at),
    ...tellingFace(world, who, at),
    ...settlingFace(world, who, at),
    tend: () => tendRequests(world),
  };
}

/** Loads behind the refusal: whoever may not ask learns nothing of what there is. */
function desk(world: EngineWorld, who: Acting) {
  const as = (roles: readonly Role[]) => async (verb: string, request: string) => {
    const id = check(shapes.requestId, request, "request");
    await refuseUnless(world, who, verb, roles);
    return loadRequest(world, who.tenant, id);
  };
  return { receiver: as(OPERATORS), overseer: as(OVERSEERS), officer: as(OFFICER) };
}

type Desk = ReturnType<typeof desk>;
type Face<Names extends keyof RequestsFace> = Pick<RequestsFace, Names>;

function receivingFace(
  world: EngineWorld,
  who: Acting,
  { receiver }: Desk,
): Face<"receive" | "clocks" | "plan" | "prove" | "anotherCode"> {
  return {
    clocks(right, receivedAt) {
      const given = check(shapes.clocks, { right, receivedAt }, "request");
      return clocksOf(world.policy, given.right, given.receivedAt ?? world.clock.now());
    },
    plan(input) {
      const {
        person: _person,
        identity: _identity,
        ...asked
      } = check(shapes.receive, input, "request");
      const { right, receivedAt } = newRequest(world, asked);
      return clocksOf(world.policy, right, receivedAt);
    },
    async receive(input) {
      const given = check(shapes.receive, input, "request");
      const { person: externalId, identity, ...asked } = given;
      const request = newRequest(world, asked);
      await refuseUnless(world, who, "request-receive", OPERATORS);
      const proven = identity === "session";
      const received = await receive(world, who, { ...request, externalId, proven });
      const shown = shownToOfficer(await atOnce(world, who, received.request));
      return { request: shown, code: received.code };
    },
    async prove(request, code) {
      const given = check(shapes.code, code, "code");
      const asked = await receiver("request-prove", request);
      return shownTo(who, await prove(world, asked, who, given));
    },
    async anotherCode(request) {
      const asked = await receiver("request-prove", request);
      const received = await anotherCode(world, asked, who);
      return { request: shownTo(who, received.request), code: received.code };
    },
  };
}

/** What the person wrote, and what was written to them, is for whoever answers it. */
function shownTo({ actor }: Acting, request: Request): RequestShown {
  return shownToOfficer(has(actor, "privacy-officer") ? request : { ...request, file: null });
}

function readingFace(world: EngineWorld, who: Acting, { overseer }: Desk): Face<"list" | "show"> {
  return {
    async list(page = {}) {
      const { limit, after } = check(shapes.list, page, "page");
      await refuseUnless(world, who, "request-list", OVERSEERS);
      const cursor = after ? { openedAt: after.openedAt, id: after.request } : null;
      const rows = await listRequests(world, { tenant: who.tenant, after: cursor, limit });
      const last = rows.length < limit ? undefined : rows.at(-1);
      return {
        requests: rows.map(shownToOfficer),
        next: last ? { openedAt: last.openedAt, request: last.id } : null,
      };
    },
    async show(request) {
      const asked = await overseer("request-show", request);
      if (has(who.actor, "privacy-officer")) await recordRead(world, who, asked);
      return shownTo(who, asked);
    },
  };
}

function answeringFace(
  world: EngineWorld,
  who: Acting,
  { officer }: Desk,
): Face<"advance" | "package" | "keepPackage" | "accounting"> {
  const forPackage = async (request: string) => {
    const asked = await officer("request-package", request);
    refuseUnready(asked, "access", "portability");
    refuseUnwritable(world, asked);
    const person = openSubject(world, { ...who, subject: asked.subject! });
    return { asked, person, identifiers: asked.file?.identifiers };
  };
  return {
    async advance(request, added = {}) {
      const given = check(shapes.advance, added, "added");
      const { told, explanation, identifiers, details, ...wanted } = given;
      refuseUndeclared(world, given);
      const asked = await officer("request-advance", request);
      const more = {
        ...(Object.keys(wanted).length === 0 ? {} : { wanted: wantedOf(wanted) }),
        ...(told === undefined ? {} : { told: toldOf(world, told, "added", "told") }),
        ...(explanation === undefined ? {} : { explanation }),
        ...(identifiers === undefined ? {} : { identifiers }),
        ...(details === undefined ? {} : { details }),
      };
      const advanced = await advanceRequest(world, asked, who, more);
      const erased = advanced.file?.done.erasure !== undefined;
      if (erased) await endWaiting(world, who, { subject: advanced.subject });
      return shownToOfficer(advanced);
    },
    async package(request, to, options) {
      const { asked, person, identifiers } = await forPackage(request);
      const made = await person.package(to, { identifiers, ...options });
      return shownToOfficer(await noteMade(world, asked, who, made));
    },
    async keepPackage(request, options) {
      const { asked, identifiers } = await forPackage(request);
      const caller = { ...who, subject: asked.subject! };
      const kept = await keepFor(world, caller, { identifiers, ...options }, asked.id);
      const answered = shownToOfficer(await noteMade(world, asked, who, kept));
      return { request: answered, link: kept.link, expiresAt: kept.expiresAt };
    },
    async accounting(request) {
      const asked = await officer("request-accounting", request);
      refuseUnready(asked, "accounting");
      refuseUnwritable(world, asked);
      const made = await accountabilityFace(world, who).accounting(asked.subject!);
      const listed = made.disclosures.length;
      const answered = await noteAccounted(world, asked, who, { listed });
      return { request: shownToOfficer(answered), accounting: made };
    },
  };
}

function tellingFace(
  world: EngineWorld,
  who: Acting,
  { officer }: Desk,
): Face<"told" | "notTold" | "informOfRecipients"> {
  return {
    async told(request, recipients) {
      const given = check(shapes.told, recipients, "recipients");
      const asked = await officer("request-told", request);
      const names = toldOf(world, given, "recipients");
      return shownToOfficer(await tell(world, asked, who, { recipients: names }));
    },
    async notTold(request, recipient, why) {
      const given = check(shapes.told, [recipient], "recipient");
      const { because, document: filed } = check(shapes.notTold, why, "why");
      const asked = await officer("request-told", request);
      const path = ["why", "document"];
      const document =
        filed === undefined ? undefined : configured(world, "documents", { given: filed, path });
      const recipients = toldOf(world, given, "recipient");
      const telling = { recipients, because, ...(document === undefined ? {} : { document }) };
      return shownToOfficer(await tell(world, asked, who, telling));
    },
    async informOfRecipients(request, why = {}) {
      const { explanation } = check(shapes.inform, why, "why");
      const asked = await officer("request-told", request);
      return (await informOfRecipients(world, asked, who, explanation)).letter;
    },
  };
}

/** What ends a request, or its restriction. */
function settlingFace(
  world: EngineWorld,
  who: Acting,
  { officer }: Desk,
): Face<"extend" | "deny" | "withdraw" | "sent" | "announceLift" | "lift"> {
  return {
    async extend(request, why) {
      const given = check(shapes.extend, why, "why");
      const asked = await officer("request-extend", request);
      return shownToOfficer(await extend(world, asked, who, given));
    },
    async deny(request, why) {
      const given = check(shapes.deny, why, "why");
      const asked = await officer("request-deny", request);
      const denied = await deny(world, asked, who, given);
      await endWaiting(world, who, { subject: asked.subject, parent: asked.id });
      return shownToOfficer(denied);
    },
    async withdraw(request) {
      const asked = await officer("request-withdraw", request);
      const withdrawn = await takeBack(world, asked, who);
      await endWaiting(world, who, { subject: asked.subject, parent: asked.id });
      return shownToOfficer(withdrawn);
    },
    async sent(request) {
      const asked = await officer("request-sent", request);
      return shownToOfficer(await closeRequest(world, asked, who));
    },
    async announceLift(request, why = {}) {
      const { explanation } = check(shapes.lift, why, "why");
      const asked = await officer("request-lift", request);
      return (await announceLift(world, asked, who, explanation)).letter;
    },
    async lift(request) {
      const asked = await officer("request-lift", request);
      return shownToOfficer(await liftRestriction(world, asked, who));
    },
  };
}

/** Names of processors and of other systems alone: they will stand in the row for good. */
function toldOf(
  { policy }: EngineWorld,
  told: readonly string[],
  ...path: readonly string[]
): readonly Word[] {
  const { processors = {}, sources = {} } = policy;
  const accepted = [...Object.keys(processors), ...Object.keys(sources)].sort();
  for (const name of told) {
    if (accepted.includes(name)) continue;
    throw wordError(path, name, accepted.join(" | ") || "nothing: there is none");
  }
  return told as readonly Word[];
}

/** What is given out is for whoever has shown who they are, and asked for it. */
function refuseUnready(
  { id, state, subject, facts }: Request,
  ...rights: readonly RequestRight[]
): void {
  const right = facts["right"] as Word;
  if (!rights.includes(right as string as RequestRight)) {
    const accepted = rights as readonly string[] as readonly Word[];
    throw new OubliError("REQUEST_STATE", { case: id, right, accepted });
  }
  const accepted = [word("acknowledged"), word("waiting")];
  if (subject !== null && accepted.includes(state)) return;
  throw new OubliError("REQUEST_STATE", { case: id, state, accepted });
}
