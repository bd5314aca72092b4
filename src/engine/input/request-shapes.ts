import { z } from "zod";

import { DENIALS, EXTENSIONS, REQUEST_RIGHTS, RESTRICTION_GROUNDS, UNTOLD_GROUNDS } from "#rights";

import { code, id, identifiers, instant, nodeId, strict, text, unique } from "./fields.ts";
import { LIMITS } from "#kernel";

const DETAILS_BYTES_MAX = 16_384;
const CORRECTIONS_MAX = 1000;

const wanted = {
  /** Rectification: which memories, and what is right. */
  corrections: z
    .array(strict({ node: nodeId, content: text(LIMITS.contentBytesMax) }))
    .min(1)
    .max(CORRECTIONS_MAX)
    .readonly()
    .optional(),
  /** Objection, opt-out, limited use. */
  purposes: unique(code, { least: 1, most: LIMITS.purposesMax }).optional(),
  /** Restriction. */
  ground: z.enum(RESTRICTION_GROUNDS as readonly string[]).optional(),
};

const asked = {
  right: z.enum(REQUEST_RIGHTS),
  /** How it came: a configured mechanism. */
  manner: code,
  /** Of the letters: one that was given to the store. Default: English. */
  language: text(35).optional(),
  details: text(DETAILS_BYTES_MAX).optional(),
  identifiers: identifiers.optional(),
  receivedAt: instant.optional(),
  /** Whether the person asks who is told of it. @source GDPR Art. 19 */
  recipients: z.boolean().optional(),
  ...wanted,
};

const explanation = text(4096).optional();
const enumOf = <Name extends string>(names: Readonly<Record<Name, unknown>>) =>
  z.enum(Object.keys(names) as [Name, ...Name[]]);

/** What requests are received and advanced with. */
export const requestShapes = {
  requestId: id("case"),
  receive: strict({
    ...asked,
    person: text(LIMITS.externalIdBytesMax),
    identity: z.enum(["session", "code"]).default("code"),
  }),
  own: strict(asked),
  clocks: strict({ right: z.enum(REQUEST_RIGHTS), receivedAt: instant.optional() }),
  list: strict({
    limit: z.number().int().min(1).max(LIMITS.pageNodesMax).default(100),
    after: strict({ openedAt: instant, request: id("case") }).nullish(),
  }),
  advance: strict({
    ...wanted,
    told: unique(code, { most: LIMITS.purposesMax }).optional(),
    identifiers: identifiers.optional(),
    details: text(DETAILS_BYTES_MAX).optional(),
    explanation,
  }),
  told: unique(code, { least: 1, most: LIMITS.purposesMax }),
  notTold: strict({ because: z.enum(UNTOLD_GROUNDS), document: text(64).optional() }),
  code: text(64),
  deny: strict({ reason: enumOf(DENIALS), explanation }),
  extend: strict({ reason: enumOf(EXTENSIONS), explanation }),
  lift: strict({ explanation }),
  inform: strict({ explanation }),
} as const;
