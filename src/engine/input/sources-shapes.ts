import { z } from "zod";

import { word } from "#kernel";

import { callback, code, id, identifiers, instant, strict } from "./fields.ts";

/** As many as one erasure's certificate can name. */
const SOURCES_MAX = 64;

const source = z.custom<object>(
  (value) => typeof value === "object" && value !== null && "capabilities" in value,
  "a source, as defineSource answers",
);

/** What the other systems are given and asked with. */
export const sourcesShapes = {
  sources: z.array(source).max(SOURCES_MAX),
  preChecks: z.record(code, callback),
  erase: strict({
    reason: code.default(word("subject-request")),
    /** Further names of the person that other systems know. */
    identifiers: identifiers.default({}),
    /** Sources that anonymise, because the law has their data kept. */
    anonymise: z
      .array(strict({ source: code, ground: code, keepUntil: instant }))
      .max(SOURCES_MAX)
      .default([]),
  }),
  caseId: id("case"),
  resume: strict({ identifiers: identifiers.optional() }),
  erasures: strict({
    /** Only those that are not complete. */
    open: z.boolean().default(false),
    /** Only this person's. */
    subject: id("subject").optional(),
    limit: z.number().int().min(1).max(1000).default(100),
  }),
  confirm: strict({
    case: id("case"),
    target: code,
    /** How many records were deleted there. */
    records: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  }),
  tombstones: strict({
    /** Erases again whom a restore brought back. */
    erase: z.boolean().default(false),
  }),
};
