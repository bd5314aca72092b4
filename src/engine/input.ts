import { types } from "node:util";

import { z } from "zod";

import {
  describe,
  ID_PREFIXES,
  isCode,
  isId,
  LIMITS,
  oddPart,
  OubliError,
  pathWord,
  word,
  type EpochMs,
  type Id,
  type IdKind,
  type Word,
} from "#kernel";
import type { Deriver, PlacedDeriver } from "#memory";
import { CATEGORY_IDS, type CategoryId } from "#policy";

import { isSlip } from "./slip.ts";

/** The names of all fields that any shape declares. */
const declared = new Set(["json"]);

/**
 * The shapes of every call. All objects are strict: a field that is not declared is an error, so
 * nothing is ever stored or released by accident.
 */
const text = (bytesMax: number) =>
  z
    .string()
    .refine((value) => value.isWellFormed(), "well-formed Unicode")
    .refine((value) => value.trim() !== "", "not blank")
    .refine((value) => Buffer.byteLength(value) <= bytesMax, `at most ${bytesMax} bytes of UTF-8`);

const code = z.string().refine(isCode, "a code: a-z, 0-9, _ and -, at most 64 characters");
const version = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, "letters, digits, _ . -");
const instant = z
  .union([z.date(), z.number().int()])
  .transform((value) => Number(value) as EpochMs)
  .refine((value) => Number.isSafeInteger(value) && value >= 0, "a Date, or ms since 1970");
const category = z.enum(
  CATEGORY_IDS as readonly string[] as readonly [CategoryId, ...CategoryId[]],
);
const nodeId = id("node");
const metadataText = z
  .string()
  .max(4096)
  .refine((value) => value.isWellFormed(), "well-formed Unicode");
const metadata = z
  .record(code, z.union([metadataText, z.number(), z.boolean(), z.null()]))
  .refine(
    (value) => Buffer.byteLength(JSON.stringify(value)) <= LIMITS.metadataBytesMax,
    `at most ${LIMITS.metadataBytesMax} bytes of JSON`,
  );
const source = strict({ system: text(256), event: text(1024) });
const actor = strict({
  kind: z.enum(["app", "agent", "staff", "subject", "system"]),
  id: code,
  roles: z.array(code).readonly().default([]),
});
const callback = z.custom<(...given: never[]) => unknown>(isFunction, "a function");

const placed = strict({ processor: code, derive: callback });

const memoryFields = {
  /** What kind of personal data it is; the purpose must allow it. */
  category: category.optional(),
  metadata: metadata.optional(),
  /** Where it came from; makes a replay of the same event recognisable, even after an erasure. */
  source: source.optional(),
  /** When it was said, if not now. */
  at: instant.optional(),
  /** An earlier end than its purposes give it. */
  expiresAt: instant.optional(),
  speaker: text(256).optional(),
};

const contentText = text(LIMITS.contentBytesMax);

const message = strict({
  role: z.enum(["user", "assistant", "system", "tool"]),
  content: contentText,
  ...memoryFields,
});

export const shapes = {
  externalId: text(LIMITS.externalIdBytesMax),
  code,
  nodeId,
  nodeIds: z.array(nodeId).min(1).max(LIMITS.forgetNodesMax).readonly(),
  content: contentText,
  remembered: z.union([
    contentText,
    z.array(message).min(1).max(LIMITS.rememberNodesMax).readonly(),
  ]),
  remember: strict({
    ...memoryFields,
    /** Purposes to store it for; among those of the session. */
    purposes: z.array(code).min(1).readonly().optional(),
    idempotencyKey: text(256).optional(),
  }),
  query: z
    .string()
    .refine((value) => value.isWellFormed(), "well-formed Unicode")
    .refine((value) => Buffer.byteLength(value) <= LIMITS.queryBytesMax, "at most 64 KiB"),
  recall: strict({
    limit: z.number().int().min(1).max(LIMITS.recallNodesMax).default(10),
    tokens: z.number().int().min(1).max(1_000_000).default(1000),
    explain: z.boolean().default(false),
  }),
  list: strict({
    purpose: code.optional(),
    category: category.optional(),
    since: instant.optional(),
    until: instant.optional(),
    limit: z.number().int().min(1).max(LIMITS.pageNodesMax).default(100),
    after: strict({ createdAt: instant, node: nodeId }).nullish(),
  }),
  session: strict({
    purpose: code,
    /** What is remembered here is stored for these purposes. */
    storeFor: z.array(code).min(1).readonly().optional(),
    /** The application's own name for the conversation; kept as a keyed fingerprint. */
    thread: text(512).optional(),
  }),
  consent: strict({
    purpose: code,
    policyVersion: version,
    mechanism: version,
    explicit: z.boolean().default(false),
    ipAddress: z.union([z.ipv4(), z.ipv6()]).optional(),
    userAgent: text(1024).optional(),
    language: z
      .string()
      .regex(
        /^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$/,
        "a tag such as de or en-GB",
      )
      .optional(),
    collectedAt: instant.optional(),
    validUntil: instant.optional(),
  }),
  subject: strict({
    /** ISO 3166 country of residence. */
    jurisdiction: z
      .string()
      .regex(/^[A-Z]{2,3}$/, "an ISO 3166 country code")
      .optional(),
    consent: strict({
      policyVersion: version,
      mechanism: version,
      purpose: code.default(word("assistant")),
      explicit: z.boolean().default(false),
    }).optional(),
  }),
  hold: strict({
    case: version,
    reason: code,
    nodes: z.array(nodeId).min(1).max(LIMITS.forgetNodesMax).readonly().optional(),
    category: category.optional(),
    purpose: code.optional(),
  }),
  reason: strict({ reason: code.default(word("subject-request")) }),
  use: strict({ purpose: code.optional() }),
  correct: strict({ purpose: code.optional(), reason: code.default(word("inaccurate")) }),
  restrict: strict({ ground: code, purpose: code.optional() }),
  after: strict({ keepOn: code }),
  disclosures: strict({
    from: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    limit: z.number().int().min(1).max(LIMITS.pageNodesMax).default(100),
  }),
  instant,
  actor,
  log: z.enum(["access", "ledger"]),
  logIndex: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  path: text(4096).refine((value) => !value.includes("\0"), "a path without NUL"),
  callback,
  certificate: z.looseObject({ json: z.string() }),
  subjectId: id("subject"),
  erasureId: id("erasure"),
  holdId: id("hold"),
  restrictionId: id("restriction"),
  open: strict({
    tenant: code.optional(),
    actor: actor.optional(),
    derivers: z.record(code, z.union([callback, placed])).optional(),
    embedder: holding("embed").optional(),
    sweep: z.enum(["hourly", "manual"]).optional(),
    clock: holding("now").optional(),
    ids: holding("next").optional(),
  }),
} as const;

/** Deeper than any shape. */
const DEPTH = 6;

/**
 * Checks a value against its shape.
 *
 * @param depth How far down it has to be plain data; less where objects of a class are taken.
 * @throws {OubliError} `INPUT_INVALID` with the field's path, what was given (its kind and size,
 *   never its text) and what is accepted.
 */
export function check<Shape extends z.ZodType>(
  shape: Shape,
  value: unknown,
  field: string,
  { depth = DEPTH }: { readonly depth?: number } = {},
): z.output<Shape> {
  const odd = oddPart(value, { depth, dates: true });
  if (odd?.unreadable) throw unreadable([field, ...declaredPath(odd.path)]);
  const result = parse(shape, value);
  if (result?.success === false) throw issueError(field, value, result.error.issues[0]!);
  if (odd) {
    const path = [field, ...declaredPath(odd.path)];
    throw inputError(path, at(value, odd.path), "plain data");
  }
  if (result === null) throw unreadable([field]);
  return result.data;
}

/** `null` when reading the value threw, all the same. */
function parse<Shape extends z.ZodType>(shape: Shape, value: unknown) {
  try {
    return shape.safeParse(value);
  } catch {
    return null;
  }
}

function issueError(field: string, value: unknown, outer: z.core.$ZodIssue): OubliError {
  const issue = innermost(outer);
  const path = [field, ...declaredPath(issue.path)];
  const wanted = accepted(issue);
  if (issue.code === "invalid_value") return wordError(path, at(value, issue.path), wanted);
  return refusal([...path, ...undeclared(issue)], given(issue, value), wanted);
}

/** Inside a union: the complaint of the option that came furthest, where one did. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const [option, ...others] = furthest(issue);
  if (option === undefined || others.length > 0) return issue;
  const [inner] = option;
  return innermost({ ...inner!, path: [...issue.path, ...inner!.path] });
}

/**
 * The field that no shape declares, where it looks like one that a programmer wrote. What else
 * stands in its place may be a person's: an address, or the application's own id.
 */
function undeclared(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code !== "unrecognized_keys") return [];
  return issue.keys.filter((key) => /^[a-z][A-Za-z0-9_]{0,63}$/.test(key)).slice(0, 1);
}

function unreadable(path: readonly PropertyKey[]): OubliError {
  const given = word("a value that cannot be read");
  return refusal(path, given, "a value that can be read");
}

/** An application's function, whose answer is an input like any other. */
function checkedDeriver(make: Deriver): Deriver {
  return async (sources) => {
    const answer: unknown = make(sources);
    // Only a promise is waited for: to ask anything else for its `then` may throw.
    return check(shapes.content, types.isPromise(answer) ? await answer : answer, "derived");
  };
}

/** A registered deriver, which runs here unless it says who gets what it is given. */
export function placedDeriver(
  given: Deriver | { readonly processor: string; readonly derive: Deriver },
): PlacedDeriver {
  if (typeof given === "function") return { derive: checkedDeriver(given), processor: null };
  return { derive: checkedDeriver(given.derive), processor: given.processor };
}

/** The error of a value that is not accepted: where it stands, its kind, and what would be. */
export function inputError(
  path: readonly PropertyKey[],
  value: unknown,
  wanted: string,
): OubliError {
  return refusal(path, describe(value), wanted);
}

/** Shows what was given where it is a slip in writing one of the words that were wanted. */
export function wordError(
  path: readonly PropertyKey[],
  value: unknown,
  wanted: string,
): OubliError {
  const slip = isCode(value) && wanted.split(" | ").some((word) => isSlip(value, word));
  return slip ? refusal(path, value, wanted) : inputError(path, value, wanted);
}

function refusal(path: readonly PropertyKey[], given: Word | number, wanted: string): OubliError {
  return new OubliError("INPUT_INVALID", {
    field: pathWord(path),
    given,
    accepted: wanted as Word,
  });
}

/** Up to the first key that is the caller's own: errors end in logs. */
function declaredPath(path: readonly PropertyKey[]): readonly PropertyKey[] {
  const own = path.findIndex((part) => !declared.has(String(part)) && !/^\d+$/.test(String(part)));
  return own === -1 ? path : path.slice(0, own);
}

function given(issue: z.core.$ZodIssue, value: unknown): Word | number {
  if (issue.code === "unrecognized_keys") return word("an undeclared field");
  if (issue.code === "invalid_key") return word("another key");
  const found = at(value, issue.path);
  return typeof found === "number" && asksForNumber(issue) ? found : describe(found);
}

/** Where a number was asked for, it is shown; where a text was, it could be a telephone's. */
function asksForNumber(issue: z.core.$ZodIssue): boolean {
  if (issue.code === "invalid_type") return issue.expected === "int" || issue.expected === "number";
  return issue.code === "too_big" || issue.code === "too_small";
}

/** What would have been accepted, in words of the schema: never a part of the input. */
function accepted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return kind(issue.expected);
    case "invalid_value":
      return issue.values.map(String).join(" | ");
    case "too_big":
      return `at most ${issue.maximum}`;
    case "too_small":
      return `at least ${issue.minimum}`;
    case "unrecognized_keys":
      return `only ${issue.message}`;
    case "invalid_key":
      return accepted(issue.issues[0]!);
    case "invalid_union":
      return unionAccepted(issue);
    default:
      return issue.message;
  }
}

function kind(expected: string): string {
  if (expected === "int") return "a whole number";
  if (expected === "date") return "a Date";
  return `${/^[aeiou]/.test(expected) ? "an" : "a"} ${expected}`;
}

function unionAccepted(issue: z.core.$ZodIssueInvalidUnion): string {
  const wanted = furthest(issue);
  return wanted.map(([inner]) => accepted(inner!)).join(" | ") || "another kind of value";
}

/** The options that came furthest: their complaints are those that help. */
function furthest({ errors }: z.core.$ZodIssueInvalidUnion) {
  const deepest = Math.max(...errors.map(depth));
  return errors.filter((issues) => depth(issues) === deepest && issues.length > 0);
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  const [issue] = issues;
  return issue ? issue.path.length + (issue.code === "invalid_type" ? 0 : 0.5) : 0;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  try {
    return path.reduce<unknown>(
      (inner, key) =>
        inner === null || typeof inner !== "object" ? inner : Reflect.get(inner, key),
      value,
    );
  } catch {
    return undefined;
  }
}

/** An object with these fields and no other; one too many is answered with those that are taken. */
function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  for (const key of Object.keys(shape)) declared.add(key);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? Object.keys(shape).join(" | ") : undefined,
  });
}

function isFunction(value: unknown): value is (...given: never[]) => unknown {
  return typeof value === "function";
}

function holding(name: string) {
  return z.custom<object>(
    (value) => typeof value === "object" && value !== null && isFunction(Reflect.get(value, name)),
    `an object with a function ${name}`,
  );
}

function id<Kind extends IdKind>(name: Kind) {
  const shape = z.custom<Id<Kind>>((value) => isId(name, value), `an id: ${ID_PREFIXES[name]}_…`);
  // Only what comes out is known to be an id: a caller gives what a request or a file held.
  return shape as z.ZodType<Id<Kind>, string>;
}
