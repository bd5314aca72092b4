import { z } from "zod";

import type { LogName } from "#audit";
import { isCode, LIMITS, word } from "#kernel";
import { CATEGORY_IDS, MECHANISM_NAMES } from "#policy";

import {
  callback,
  category,
  code,
  holding,
  id,
  instant,
  nodeId,
  path,
  sink,
  strict,
  text,
  unique,
  version,
} from "./fields.ts";
import { retentionShapes } from "./retention-shapes.ts";
import { sourcesShapes } from "./sources-shapes.ts";

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
  roles: unique(code, { most: LIMITS.actorRolesMax }).default([]),
});
const purposes = unique(code, { least: 1, most: LIMITS.purposesMax });

const placed = strict({ processor: code, derive: callback });

const notifier = z.custom<{ readonly name: string }>(
  (value) => typeof value === "object" && value !== null && isNotifier(value),
  "an object with a code as its name, whom it reaches, and a function send",
);

function isNotifier(value: object): boolean {
  const { name, reaches, send } = value as Record<string, unknown>;
  return isCode(name) && Array.isArray(reaches) && typeof send === "function";
}

function isStream(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

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

const nodeIds = z.array(nodeId).min(1).max(LIMITS.forgetNodesMax).readonly();

const ADDRESS = "an IPv4 or an IPv6 address";

/** One for each region; an empty object is more likely an embedder that lacks its function. */
const embedders = z
  .record(code, holding("embed"))
  .refine((given) => Object.keys(given).length > 0, "an object with a function embed");

/**
 * The shapes of every call. All objects are strict: a field that is not declared is an error, so
 * nothing is ever stored or released by accident.
 */
export const shapes = {
  externalId: text(LIMITS.externalIdBytesMax),
  code,
  nodeId,
  nodeIds,
  nodeIdOrIds: z.union([nodeId, nodeIds]),
  content: contentText,
  remembered: z.union([
    contentText,
    z.array(message).min(1).max(LIMITS.rememberNodesMax).readonly(),
  ]),
  remember: strict({
    ...memoryFields,
    /** Purposes to store it for; among those of the session. */
    purposes: purposes.optional(),
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
    storeFor: purposes.optional(),
    /** The application's own name for the conversation; kept as a keyed fingerprint. */
    thread: text(512).optional(),
  }),
  consent: strict({
    purpose: code,
    policyVersion: version,
    mechanism: version,
    explicit: z.boolean().default(false),
    ipAddress: z.union([z.ipv4(ADDRESS), z.ipv6(ADDRESS)]).optional(),
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
    region: code.optional(),
    consent: strict({
      policyVersion: version,
      mechanism: version,
      purpose: code.default(word("assistant")),
      explicit: z.boolean().default(false),
    }).optional(),
  }),
  find: strict({ region: code.optional() }),
  hold: strict({
    /** In the court's own words: sealed. */
    case: text(128),
    reason: code,
    nodes: nodeIds.optional(),
    category: category.optional(),
    purpose: code.optional(),
  }),
  reason: strict({ reason: code.default(word("subject-request")) }),
  transfer: strict({
    to: code,
    authorisation: strict({
      mechanism: z.enum(MECHANISM_NAMES),
      document: version,
      approver: code,
      expires: instant,
      categories: unique(category, { least: 1, most: CATEGORY_IDS.length }).optional(),
    }),
  }),
  use: strict({ purpose: code.optional() }),
  correct: strict({ purpose: code.optional(), reason: code.default(word("inaccurate")) }),
  restrict: strict({ ground: code, purpose: code.optional() }),
  after: strict({ keepOn: code }),
  disclosures: strict({
    from: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    limit: z.number().int().min(1).max(LIMITS.pageNodesMax).default(100),
  }),
  backup: strict({
    keysOnly: z.boolean().default(false),
    ends: instant.optional(),
    region: code.optional(),
    keep: z.int().min(1).optional(),
    onProgress: callback.optional(),
  }),
  restore: strict({
    from: z.union([path, z.custom<AsyncIterable<Uint8Array>>(isStream, "a folder, or a stream")]),
    keys: path.optional(),
    only: unique(z.enum(["memory", "keys", "audit"]), { least: 1, most: 3 }).optional(),
    replace: z.boolean().optional(),
    ledger: path.optional(),
    fork: strict({
      reason: code,
      erased: z.array(
        strict({
          subject: id("subject"),
          nodes: nodeIds.optional(),
        }),
      ),
    }).optional(),
    admin: path.optional(),
    actor: actor.optional(),
    region: code.optional(),
    adoptStored: z.boolean().optional(),
    clock: holding("now").optional(),
    ids: holding("next").optional(),
  }),
  sink,
  backupId: id("backup"),
  instant,
  actor,
  log: (logs: readonly LogName[]) => z.enum(logs),
  logIndex: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  path,
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
    embedder: z.union([holding("embed"), embedders]).optional(),
    notifiers: z.array(notifier).max(16).readonly().optional(),
    sources: sourcesShapes.sources.optional(),
    preChecks: sourcesShapes.preChecks.optional(),
    letters: z.record(z.string(), z.unknown()).optional(),
    retention: retentionShapes.options.optional(),
    packages: z.union([path, z.record(code, path)]).optional(),
    sweep: z.enum(["hourly", "manual"]).optional(),
    connectionsMax: z.number().int().min(1).max(1000).optional(),
    clock: holding("now").optional(),
    ids: holding("next").optional(),
  }),
} as const;
