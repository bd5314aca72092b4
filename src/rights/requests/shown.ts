import type { CaseRow } from "#cases";
import { z } from "zod";

import { DEFAULT_LANGUAGE } from "../letters/language.ts";
import { recipientsOf } from "./recipients-of.ts";
import { factsOf, type Request } from "./request.ts";
import { isOver } from "./states.ts";

/**
 * What is shown of a request. Strict: a field that is not declared here never leaves. What the
 * person sees holds no id but their reference, no tenant and no address.
 */
const time = z.int().nullable();
const code = z.string();
const letter = z.strictObject({
  letter: code,
  at: z.int(),
  title: z.string(),
  text: z.string(),
  html: z.string(),
});

const common = {
  /** The reference that the letters name. */
  request: z.string(),
  right: code,
  language: code,
  state: code,
  receivedAt: z.int(),
  answerBy: z.int(),
  acknowledgedAt: time,
  extendedAt: time,
  answeredAt: time,
  waitingFor: z.array(code),
  reason: code.nullable(),
  exceptions: z.array(code),
  /** Who outside has to know of it: told when, or why not. */
  recipients: z.array(z.strictObject({ recipient: code, toldAt: time, because: code.nullable() })),
  /** Whether the person asked who they are, and was not written to since more of them know. */
  toInform: z.boolean(),
  letters: z.array(letter),
};

const toPerson = z.strictObject(common);

const toOfficer = z.strictObject({
  ...common,
  subject: z.string().nullable(),
  manner: code,
  identity: code,
  acknowledgeBy: time,
  firstBy: time,
  extendableTo: time,
  statutory: z.array(z.strictObject({ law: code, dueAt: z.int(), extendedTo: time })),
  warned: z.array(z.int()),
  duplicateOf: z.string().nullable(),
  restrictions: z.array(z.string()),
  liftToldAt: time,
  counts: z.record(z.string(), z.int()),
  closedAt: time,
  /** Sealed until the request is closed; then `null`, as in a list. */
  externalId: z.string().nullable(),
  details: z.string().nullable(),
  /** Kinds of names that it was given for other systems, such as `email`; never the names. */
  named: z.array(code),
  /** What a restore lost of it; `advance` takes it again before anything is done. */
  missing: z.array(code),
});

export type RequestShown = z.infer<typeof toOfficer>;
export type RequestShownToPerson = z.infer<typeof toPerson>;

type Shown = CaseRow | Request;

export function shownToOfficer(request: Shown): RequestShown {
  const facts = factsOf(request);
  const file = fileOf(request);
  const { subject, closedAt } = request;
  return toOfficer.parse({
    ...commonOf(request),
    subject,
    manner: facts.manner,
    identity: facts.identity,
    acknowledgeBy: facts.acknowledgeBy,
    firstBy: facts.firstBy,
    extendableTo: facts.extendableTo,
    statutory: facts.statutory,
    warned: facts.warned,
    duplicateOf: facts.duplicateOf,
    restrictions: facts.restrictions,
    liftToldAt: facts.liftToldAt,
    counts: facts.counts,
    closedAt,
    externalId: file?.externalId || null,
    details: file?.details ?? null,
    named: Object.keys(file?.identifiers ?? {}),
    missing: isOver(request) ? [] : (facts.missing ?? []),
  });
}

export function shownToPerson(request: Shown): RequestShownToPerson {
  return toPerson.parse(commonOf(request));
}

function commonOf(request: Shown) {
  const facts = factsOf(request);
  return {
    request: request.id,
    right: facts.right,
    language: facts.language ?? DEFAULT_LANGUAGE,
    state: request.state,
    receivedAt: facts.receivedAt,
    answerBy: facts.answerBy,
    acknowledgedAt: facts.acknowledgedAt,
    extendedAt: facts.extendedAt,
    answeredAt: facts.answeredAt,
    waitingFor: facts.waitingFor,
    reason: facts.reason,
    exceptions: facts.exceptions,
    recipients: recipientsOf(facts),
    toInform: facts.toInform ?? false,
    letters: fileOf(request)?.letters ?? [],
  };
}

function fileOf(request: Shown): Request["file"] {
  return "file" in request ? request.file : null;
}
