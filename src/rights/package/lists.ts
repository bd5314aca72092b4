import { evidenceOf, type ConsentEvidence } from "#consent";
import { allDisclosures } from "#egress";
import type { Actor } from "#kernel";

import { requestsOf } from "../requests/read.ts";
import { factsOf } from "../requests/request.ts";
import { accessesOf } from "./accesses.ts";
import { iso, isoOrNull, type Given, type PackageCall, type PackageWorld } from "./given-person.ts";
import {
  frameAccesses,
  showAccess,
  showConsent,
  showDisclosure,
  showRequest,
  showRestriction,
} from "./report/records.ts";
import type { Section } from "./section.ts";
import * as shapes from "./shapes.ts";
import { screened } from "./withhold.ts";

/**
 * What was agreed to, and taken back, with the address and the program that it came from: they are
 * the person's data, and a copy of those is what they get.
 *
 * @source GDPR Art. 15(3); CJEU C-582/14 (Breyer)
 */
export function consentsSection(
  world: PackageWorld,
  { caller }: PackageCall,
  { ban }: Given,
): Section<shapes.ConsentShown> {
  async function* rows() {
    const records = await world.audit.store.consents(caller.subject);
    const evidence = await evidenceOf(world, records);
    yield records.map((row) => ({
      purpose: row.purpose,
      granted: row.granted,
      explicit: row.explicit,
      collected: iso(row.collectedAt),
      validUntil: isoOrNull(row.validUntil),
      notice: row.policyVersion,
      mechanism: row.mechanism,
      language: row.language,
      ...kept(evidence.get(row.id), ban),
    }));
  }
  return {
    name: "consents",
    title: "What you agreed to",
    about: "Every consent that you gave, and every one that you took back, oldest first.",
    shape: shapes.consent,
    rows: rows(),
    withheld: ({ withheld }) => withheld,
    show: showConsent,
  };
}

/** A program names itself as it likes: it is screened like every other text. */
function kept({ ipAddress, userAgent }: Partial<ConsentEvidence> = {}, ban: Given["ban"]) {
  const { value, withheld } = screened(userAgent ?? null, "evidence.userAgent", ban);
  return {
    evidence: { ipAddress: ipAddress ?? null, userAgent: value as string | null },
    withheld: [...withheld],
  };
}

/** @source GDPR Art. 18 */
export function restrictionsSection(
  world: PackageWorld,
  { caller }: PackageCall,
): Section<shapes.RestrictionShown> {
  async function* rows() {
    const { restrictions } = await world.audit.store.facts(caller.subject);
    yield restrictions.map(({ purpose, ground, since }) => ({
      purpose,
      ground,
      since: iso(since),
    }));
  }
  return {
    name: "restrictions",
    title: "What may only be stored",
    about: "Where the use of your data is restricted: they are stored, and nothing else.",
    shape: shapes.restriction,
    rows: rows(),
    show: showRestriction,
  };
}

/**
 * Who used what, and why. Staff have a number each and no name: that somebody looked, when and what
 * for, is the person's; who it was is that member of staff's, while they did their work.
 *
 * @source GDPR Art. 15(1)(c), 15(4); CJEU C-579/21 (Pankki S)
 */
export function accessesSection(
  world: PackageWorld,
  { caller }: PackageCall,
  given: Given,
): Section<shapes.AccessShown> {
  async function* rows() {
    for await (const page of accessesOf(world, caller.subject)) {
      yield page.map(({ at, type, actor, purpose, decision, processor, nodes }) => ({
        at: iso(at),
        what: type,
        who: whoOf(actor, caller.subject, given),
        purpose,
        decision,
        recipient: processor,
        memories: nodes.map(({ id }) => id),
      }));
    }
  }
  return {
    name: "accesses",
    title: "Who used your data",
    about:
      "Every use of what is remembered about you: when, by whom, what for, and which memories.",
    shape: shapes.access,
    rows: rows(),
    show: showAccess,
    frame: frameAccesses,
  };
}

function whoOf(actor: Actor, subject: string, { staff }: Given): shapes.AccessShown["who"] {
  const roles = actor.roles.filter((role) => (role as string) !== "subject");
  if ((actor.id as string) === subject) return { kind: "you", name: null, roles };
  // Another person's id is theirs.
  const kind = actor.kind === "subject" ? "staff" : actor.kind;
  const name = kind === "staff" ? `staff member ${staff(actor.id)}` : actor.id;
  return { kind, name, roles };
}

/** @source GDPR Art. 15(1)(c) · 45 CFR 164.528 */
export function disclosuresSection(
  world: PackageWorld,
  { caller }: PackageCall,
): Section<shapes.DisclosureShown> {
  async function* rows() {
    for await (const page of allDisclosures(world.audit.store, caller.subject)) {
      yield page.map((record) => ({
        at: iso(record.at),
        outcome: record.outcome,
        recipient: record.processor,
        role: record.role,
        country: record.country,
        contract: record.contract,
        purpose: record.purpose,
        basis: record.basis,
        categories: [...record.categories],
        memories: record.nodes.map(({ id }) => id),
        questions: record.questions,
      }));
    }
  }
  return {
    name: "disclosures",
    title: "Who was given your data",
    about: "What was given to another company, when, and under which contract.",
    shape: shapes.disclosure,
    rows: rows(),
    show: showDisclosure,
  };
}

/** What was asked for before, and how it was answered. */
export function requestsSection(
  world: PackageWorld,
  { caller }: PackageCall,
): Section<shapes.RequestShown> {
  const { tenant, subject } = caller;
  async function* rows() {
    for await (const row of requestsOf(world, { tenant, subject })) {
      const { right, receivedAt, answerBy, answeredAt } = factsOf(row);
      const closed = isoOrNull(answeredAt);
      const [received, due] = [iso(receivedAt), iso(answerBy)];
      yield [{ right, state: row.state, received, due, closed }];
    }
  }
  return {
    name: "requests",
    title: "What you asked for",
    about: "Your requests about your data, newest first, and where they stand.",
    shape: shapes.request,
    rows: rows(),
    show: showRequest,
  };
}
