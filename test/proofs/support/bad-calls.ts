import { Writable } from "node:stream";

import type { Oubli, openTestOubli, Subject } from "#engine";
import type { Certificate } from "#erasure";
import { isOubliError, type NodeId } from "#kernel";

import { BAD_REQUEST_CALLS } from "./bad-request-calls.ts";
import { BAD_RETENTION_CALLS } from "./bad-retention-calls.ts";
import { BAD_SESSION_CALLS } from "./bad-session-calls.ts";
import { DATES, NO_FIELDS, PAST, TEXTS, type BadName } from "./bad-values.ts";

/** What the calls of the table are made on. */
export interface BadWorld {
  readonly oubli: Awaited<ReturnType<typeof openTestOubli>>;
  readonly ada: Subject;
  readonly officer: Subject;
  readonly nodes: readonly NodeId[];
  readonly certificate: Certificate;
}

/** One place of the public face that takes a value. */
export interface BadCall {
  /** What the error's `field` begins with, or may. */
  readonly field: string | readonly string[];
  call(world: BadWorld, value: never): unknown;
  /** The bad values that are good here. */
  readonly takes?: readonly BadName[];
  /** Where no input is refused as such: the codes that answer instead. */
  readonly codes?: readonly string[];
}

const NOTICE = { policyVersion: "v1", mechanism: "form" } as const;
const NEWS = { purpose: "news", ...NOTICE } as const;
const UNKNOWN_PURPOSE = ["INPUT_INVALID", "PURPOSE_UNKNOWN"] as const;

/** Every parameter, and every field of every options object, of the public face. */
export const BAD_CALLS: Readonly<Record<string, BadCall>> = {
  "oubli.as": { field: "actor", call: ({ oubli }, value) => oubli.as(value) },
  "oubli.as: kind": actor("kind"),
  "oubli.as: id": { ...actor("id"), takes: ["a text as a code"] },
  "oubli.as: roles": { ...actor("roles"), takes: ["undefined", "an empty array"] },
  "oubli.tenant": {
    field: "tenant",
    call: ({ oubli }, value) => oubli.tenant(value),
    takes: ["a text as a code"],
  },
  "oubli.subject": {
    field: "externalId",
    call: ({ oubli }, value) => oubli.subject(value),
    takes: TEXTS,
  },
  "oubli.subject: options": {
    field: "options",
    call: ({ oubli }, value) => oubli.subject("ada", value),
    takes: NO_FIELDS,
  },
  "oubli.subject: jurisdiction": {
    field: "options.jurisdiction",
    call: ({ oubli }, value) => oubli.subject("ada", { jurisdiction: value }),
    takes: ["undefined"],
  },
  "oubli.subject: consent": {
    field: "options.consent",
    call: ({ oubli }, value) => oubli.subject("ada", { consent: value }),
    takes: ["undefined"],
  },
  "oubli.subject: consent.purpose": {
    field: "options.consent.purpose",
    call: ({ oubli }, purpose) => oubli.subject("ada", { consent: { ...NOTICE, purpose } }),
    takes: ["undefined"],
    codes: UNKNOWN_PURPOSE,
  },
  "oubli.find": {
    field: "externalId",
    call: ({ oubli }, value) => oubli.find(value),
    takes: TEXTS,
  },
  "oubli.subjectById": { field: "subject", call: ({ oubli }, value) => oubli.subjectById(value) },
  "oubli.verify": {
    field: "certificate",
    call: ({ oubli }, value) => oubli.verify(value),
    // Any text is looked at, and found not to be a certificate.
    takes: [...TEXTS, "an empty text", "a blank text", "a text over 1 MiB", "a lone surrogate"],
  },
  "oubli.verify: json": {
    field: "certificate.json",
    call: ({ oubli }, json) => oubli.verify({ json }),
    takes: [...TEXTS, "an empty text", "a blank text", "a text over 1 MiB", "a lone surrogate"],
  },
  "oubli.certificate": {
    field: "subject",
    call: ({ oubli, certificate }, value) => oubli.certificate(value, certificate.erasure),
  },
  "oubli.certificate: erasure": {
    field: "erasure",
    call: ({ oubli, ada }, value) => oubli.certificate(ada.id, value),
  },
  "oubli.rotate": {
    field: "onProgress",
    call: ({ oubli }, value) => oubli.rotate(value),
    takes: ["undefined", "a function"],
  },

  "subject.session": { field: "session", call: ({ ada }, value) => ada.session(value) },
  "subject.session: purpose": {
    field: "session.purpose",
    call: ({ ada }, purpose) => ada.session({ purpose }).recall("tea"),
    codes: UNKNOWN_PURPOSE,
  },
  "subject.session: storeFor": {
    field: "session.storeFor",
    call: ({ ada }, storeFor) => ada.session({ purpose: "support", storeFor }),
    takes: ["undefined"],
  },
  "subject.session: thread": {
    field: "session.thread",
    call: ({ ada }, thread) => ada.session({ purpose: "support", thread }).id(),
    takes: ["undefined", ...TEXTS],
  },
  "subject.get": {
    field: "node",
    call: ({ ada }, value) => ada.get(value, { purpose: "support" }),
  },
  "subject.get: options": {
    field: "options",
    call: ({ ada, nodes }, value) => ada.self().get(nodes[0]!, value),
    takes: NO_FIELDS,
  },
  "subject.get: purpose": {
    field: "options.purpose",
    call: ({ ada, nodes }, purpose) => ada.self().get(nodes[0]!, { purpose }),
    // The person reads by right: a purpose changes nothing.
    takes: ["undefined", "a text as a code"],
  },
  "subject.list": list((value) => value, "options", NO_FIELDS),
  "subject.list: purpose": list((purpose) => ({ purpose }), "options.purpose", [
    "undefined",
    "a text as a code",
  ]),
  "subject.list: category": list((category) => ({ category }), "options.category", ["undefined"]),
  "subject.list: since": list((since) => ({ since }), "options.since", ["undefined", ...DATES]),
  "subject.list: until": list((until) => ({ until }), "options.until", ["undefined", ...DATES]),
  "subject.list: limit": list((limit) => ({ limit }), "options.limit", ["undefined"]),
  "subject.list: after": list((after) => ({ after }), "options.after", ["undefined", "null"]),
  "subject.correct": {
    field: "node",
    call: ({ ada }, value) => ada.correct(value, "jam", { purpose: "support" }),
  },
  "subject.correct: content": {
    field: "content",
    call: ({ ada, nodes }, value) => ada.correct(nodes[0]!, value, { purpose: "support" }),
    takes: TEXTS,
  },
  "subject.correct: options": {
    field: "options",
    call: ({ ada, nodes }, value) => ada.self().correct(nodes[0]!, "jam", value),
    takes: NO_FIELDS,
  },
  "subject.correct: reason": {
    field: "options.reason",
    call: ({ ada, nodes }, reason) => ada.self().correct(nodes[0]!, "jam", { reason }),
    takes: ["undefined"],
  },
  "subject.forget": { field: "nodes", call: ({ ada }, value) => ada.forget(value) },
  "subject.forget: one of several": {
    field: "nodes",
    call: ({ ada, nodes }, value) => ada.forget([nodes[0]!, value]),
  },
  "subject.forget: options": {
    field: "options",
    call: ({ ada, nodes }, value) => ada.forget(nodes[1]!, value),
    takes: NO_FIELDS,
    codes: ["INPUT_INVALID", "ZERO_SCOPE"],
  },
  "subject.forget: reason": {
    field: "options.reason",
    call: ({ ada, nodes }, reason) => ada.forget(nodes[1]!, { reason }),
    takes: ["undefined"],
  },
  "subject.erase": {
    field: "options",
    call: ({ oubli }, value) => oubli.subject("eve").then((eve) => eve.erase(value)),
    takes: NO_FIELDS,
  },
  "subject.hold": { field: "hold", call: ({ officer }, value) => officer.hold(value) },
  "subject.hold: case": hold("case", TEXTS),
  "subject.hold: reason": hold("reason", []),
  "subject.hold: nodes": hold("nodes", ["undefined"]),
  "subject.hold: category": hold("category", ["undefined"]),
  "subject.hold: purpose": { ...hold("purpose", ["undefined"]), codes: UNKNOWN_PURPOSE },
  "subject.release": { field: "hold", call: ({ officer }, value) => officer.release(value) },
  "subject.restrict": { field: "restriction", call: ({ ada }, value) => ada.restrict(value) },
  "subject.restrict: ground": {
    field: "restriction.ground",
    call: ({ oubli }, ground) => oubli.subject("eve").then((eve) => eve.restrict({ ground })),
  },
  "subject.restrict: purpose": {
    field: "restriction.purpose",
    call: ({ oubli }, purpose) =>
      oubli.subject("eve").then((eve) => eve.restrict({ ground: "objection", purpose })),
    ...{ takes: ["undefined"], codes: UNKNOWN_PURPOSE },
  },
  "subject.lift": { field: "restriction", call: ({ officer }, value) => officer.lift(value) },

  "consent.grant": { field: "consent", call: ({ ada }, value) => ada.consent.grant(value) },
  "consent.grant: purpose": { ...consent("purpose", []), codes: UNKNOWN_PURPOSE },
  "consent.grant: policyVersion": consent("policyVersion", []),
  "consent.grant: mechanism": consent("mechanism", []),
  "consent.grant: explicit": consent("explicit", ["undefined", "true"]),
  "consent.grant: ipAddress": consent("ipAddress", ["undefined"]),
  "consent.grant: userAgent": consent("userAgent", ["undefined", ...TEXTS]),
  "consent.grant: language": consent("language", ["undefined"]),
  "consent.grant: collectedAt": consent("collectedAt", ["undefined", ...PAST]),
  "consent.grant: validUntil": consent("validUntil", ["undefined", ...DATES]),
  "consent.withdraw": { field: "consent", call: ({ ada }, value) => ada.consent.withdraw(value) },
  "consent.withdraw: after": {
    field: "after",
    call: ({ ada }, after) => ada.consent.withdraw(NEWS, after),
    takes: ["undefined"],
  },
  "consent.withdraw: keepOn": {
    field: "after.keepOn",
    call: ({ ada }, keepOn) => ada.consent.withdraw(NEWS, { keepOn }),
  },
  "consent.active": {
    field: "at",
    call: ({ ada }, at) => ada.consent.active(at),
    takes: ["undefined", ...DATES],
  },

  ...BAD_SESSION_CALLS,
  ...BAD_REQUEST_CALLS,
  ...BAD_RETENTION_CALLS,

  "audit.verifierKey": { field: "log", call: ({ oubli }, log) => oubli.audit.verifierKey(log) },
  "audit.check": {
    field: "onProgress",
    call: ({ oubli }, value) => oubli.audit.check(value),
    takes: ["undefined", "a function"],
  },
  "audit.prove": { field: "log", call: ({ oubli }, log) => oubli.audit.prove(log, 0) },
  "audit.prove: index": {
    field: "index",
    call: ({ oubli }, index) => oubli.audit.prove("ledger", index),
    takes: ["zero"],
  },
  "audit.entry": { field: "log", call: ({ oubli }, log) => oubli.audit.entry(log, 0) },
  "audit.entry: index": {
    field: "index",
    call: ({ oubli }, index) => officerOf(oubli).audit.entry("access", index),
    takes: ["zero"],
  },
  "oubli.openPackage": {
    field: "link",
    call: ({ oubli }, value) => oubli.openPackage(value),
    codes: ["INPUT_INVALID", "NOT_FOUND"],
  },
  "subject.package": {
    field: "to",
    call: ({ ada }, value) => unlessPath(value) ?? ada.self().package(value),
    takes: TEXTS.filter((name) => name !== "a text with NUL"),
  },
  "subject.package: options": {
    field: "options",
    call: ({ ada }, value) => ada.self().package(devNull(), value),
    takes: NO_FIELDS,
  },
  "subject.package: names": packageOption("names", ["an empty array", "an array of texts"]),
  "subject.package: identifiers": packageOption("identifiers", [...NO_FIELDS, "an object"]),
  "subject.package: onProgress": packageOption("onProgress", ["a function"]),
  "subject.keepPackage": {
    field: "options",
    call: ({ ada }, value) => kept(ada, value),
    takes: NO_FIELDS,
  },
  "subject.keepPackage: expires": {
    field: "options.expires",
    call: ({ ada }, value) => kept(ada, { expires: value } as never),
    takes: ["undefined"],
  },
  "audit.export": {
    field: "folder",
    call: ({ oubli }, value) => exportUnlessText(oubli, value),
    takes: TEXTS.filter((name) => name !== "a text with NUL"),
  },
};

function packageOption(key: string, takes: readonly BadName[]): BadCall {
  return {
    field: `options.${key}`,
    call: ({ ada }, value) => ada.self().package(devNull(), { [key]: value }),
    takes: ["undefined", ...takes],
  };
}

/** In a world without a folder for packages, all that is good is that there is none. */
async function kept(ada: Subject, options: never): Promise<void> {
  await ada
    .self()
    .keepPackage(options)
    .catch((error: unknown) => {
      if (!isOubliError(error, "CONFIG_INVALID")) throw error;
    });
}

/** A stream that takes everything. */
function devNull(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

function actor(key: string): BadCall {
  return {
    field: `actor.${key}`,
    call: ({ oubli }, value) => oubli.as({ kind: "app", id: "shop", [key]: value as string }),
  };
}

function list(
  options: (value: never) => object,
  field: string,
  takes: readonly BadName[],
): BadCall {
  return { field, takes, call: ({ ada }, value) => ada.self().list(options(value)) };
}

function hold(key: string, takes: readonly BadName[]): BadCall {
  const given = { case: "case-7", reason: "litigation" };
  return {
    field: `hold.${key}`,
    takes,
    async call({ oubli }, value) {
      await oubli.subject("eve");
      const eve = await officerOf(oubli).find("eve");
      return eve!.hold({ ...given, [key]: value });
    },
  };
}

const officerOf = (oubli: Oubli) =>
  oubli.as({ kind: "staff", id: "officer", roles: ["privacy-officer"] });

function consent(key: string, takes: readonly BadName[]): BadCall {
  return {
    field: `consent.${key}`,
    takes,
    call: ({ ada }, value) => ada.consent.grant({ ...NEWS, [key]: value }),
  };
}

/** A folder's name may be any text: what is tried is only whether it is taken. */
function exportUnlessText({ audit }: Oubli, value: unknown): unknown {
  return unlessPath(value) ?? audit.export(value as string);
}

/** Nothing is written where a good path leads: it is taken, and that is all that was asked. */
function unlessPath(value: unknown): "taken" | null {
  const good = typeof value === "string" && value.trim() !== "" && value.isWellFormed();
  return good && !value.includes("\u0000") && value.length < 4096 ? "taken" : null;
}
