import { z } from "zod";

import {
  describe,
  isCode,
  LIMITS,
  OubliError,
  pathWord,
  word,
  type EpochMs,
  type Word,
} from "#kernel";
import { CATEGORY_IDS } from "#policy";

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
const category = z.enum(CATEGORY_IDS);
const nodeId = z.string().regex(/^node_[A-Za-z0-9_-]{22}$/, "a node id: node_…");
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
const source = z.strictObject({ system: text(256), event: text(1024) });

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

const message = z.strictObject({
  role: z.enum(["user", "assistant", "system", "tool"]),
  content: contentText,
  ...memoryFields,
});

export const shapes = {
  externalId: text(LIMITS.externalIdBytesMax),
  code,
  nodeId,
  nodeIds: z.array(nodeId).min(1).max(LIMITS.forgetNodesMax),
  content: contentText,
  remembered: z.union([contentText, z.array(message).min(1).max(LIMITS.rememberNodesMax)]),
  remember: z.strictObject({
    ...memoryFields,
    /** Purposes to store it for; among those of the session. */
    purposes: z.array(code).min(1).optional(),
    idempotencyKey: text(256).optional(),
  }),
  query: z
    .string()
    .refine((value) => value.isWellFormed(), "well-formed Unicode")
    .refine((value) => Buffer.byteLength(value) <= LIMITS.queryBytesMax, "at most 64 KiB"),
  recall: z.strictObject({
    limit: z.number().int().min(1).max(LIMITS.recallNodesMax).default(10),
    tokens: z.number().int().min(1).max(1_000_000).default(1000),
    explain: z.boolean().default(false),
  }),
  list: z.strictObject({
    purpose: code.optional(),
    category: category.optional(),
    since: instant.optional(),
    until: instant.optional(),
    limit: z.number().int().min(1).max(LIMITS.pageNodesMax).default(100),
    after: z.strictObject({ createdAt: instant, node: nodeId }).optional(),
  }),
  session: z.strictObject({
    purpose: code,
    /** What is remembered here is stored for these purposes. */
    storeFor: z.array(code).min(1).optional(),
    /** The application's own name for the conversation; kept as a keyed fingerprint. */
    thread: text(512).optional(),
  }),
  consent: z.strictObject({
    purpose: code,
    policyVersion: version,
    mechanism: version,
    explicit: z.boolean().default(false),
    ipAddress: z.union([z.ipv4(), z.ipv6()]).optional(),
    userAgent: text(1024).optional(),
    language: z
      .string()
      .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, "a BCP 47 tag")
      .optional(),
    collectedAt: instant.optional(),
    validUntil: instant.optional(),
  }),
  subject: z.strictObject({
    /** ISO 3166 country of residence. */
    jurisdiction: z
      .string()
      .regex(/^[A-Z]{2,3}$/, "an ISO 3166 country code")
      .optional(),
    consent: z
      .strictObject({ policyVersion: version, mechanism: version, purpose: code.optional() })
      .optional(),
  }),
  hold: z.strictObject({
    case: version,
    reason: code,
    nodes: z.array(nodeId).min(1).max(LIMITS.forgetNodesMax).optional(),
    category: category.optional(),
    purpose: code.optional(),
  }),
  reason: z.strictObject({ reason: code.default(word("subject-request")) }),
  actor: z.strictObject({
    kind: z.enum(["app", "agent", "staff", "subject", "system"]),
    id: code,
    roles: z.array(code).default([]),
  }),
} as const;

/**
 * Checks a value against its shape.
 *
 * @throws {OubliError} `INPUT_INVALID` with the field's path, what was given (its kind and size,
 *   never its text) and what is accepted.
 */
export function check<Shape extends z.ZodType>(
  shape: Shape,
  value: unknown,
  field: string,
): z.output<Shape> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  // A key that was refused is the caller's text: the path ends before it.
  const path = issue.code === "invalid_key" ? issue.path.slice(0, -1) : issue.path;
  const error = issue.code === "invalid_value" ? wordError : inputError;
  throw error([field, ...path], at(value, path), accepted(issue));
}

/** Says what was given by its kind and size alone: it may be a person's name, or their words. */
export function inputError(
  path: readonly PropertyKey[],
  given: unknown,
  wanted: string,
): OubliError {
  return new OubliError("INPUT_INVALID", {
    field: pathWord(path),
    given: describe(given),
    accepted: wanted as Word,
  });
}

/** Shows what was given, where one of a few words of the configuration was wanted. */
export function wordError(
  path: readonly PropertyKey[],
  given: unknown,
  wanted: string,
): OubliError {
  if (!isCode(given)) return inputError(path, given, wanted);
  const details = { field: pathWord(path), given, accepted: wanted as Word };
  return new OubliError("INPUT_INVALID", details);
}

/** What would have been accepted, in words of the schema: never a part of the input. */
function accepted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `a ${issue.expected}`;
    case "invalid_value":
      return issue.values.map(String).join(" | ");
    case "too_big":
      return `at most ${issue.maximum}`;
    case "too_small":
      return `at least ${issue.minimum}`;
    case "unrecognized_keys":
      return "only declared fields";
    case "invalid_key":
      return accepted(issue.issues[0]!);
    case "invalid_union":
      return unionAccepted(issue);
    default:
      return issue.message;
  }
}

/** The option that came furthest: its complaint is the one that helps. */
function unionAccepted({ errors }: z.core.$ZodIssueInvalidUnion): string {
  const deepest = errors.toSorted((left, right) => depth(right) - depth(left))[0]?.[0];
  return deepest ? accepted(deepest) : "another kind of value";
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  const [issue] = issues;
  return issue ? issue.path.length + (issue.code === "invalid_type" ? 0 : 0.5) : 0;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner === null || typeof inner !== "object" ? inner : Reflect.get(inner, key)),
    value,
  );
}
