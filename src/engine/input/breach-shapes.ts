import { z } from "zod";

import { DRAFTS, ENCRYPTION_REASONS, INCIDENT_KINDS, INCIDENT_STATES, SEVERITIES } from "#breach";
import { LIMITS } from "#kernel";
import { CATEGORY_IDS } from "#policy";

import { category, code, id, instant as anyInstant, strict, text, unique } from "./fields.ts";

/** As far as the laws' calendars reach: a time in microseconds is a mistake, not a date. */
const YEAR_9000 = Date.UTC(9000, 0, 1);
const instant = anyInstant.refine((at) => at < YEAR_9000, "an instant before the year 9000");

/** Longer is a document, which belongs elsewhere. */
const words = text(20_000);
const line = text(2000);
const count = z.number().int().min(0).max(1_000_000_000);
const factor = z.enum(["low", "high"]);

const scope = strict({
  from: instant.optional(),
  until: instant.optional(),
  /** Whose credential it was: an actor's id, or a person's own. */
  actor: z.union([code, id("subject")]).optional(),
  session: id("session").optional(),
  key: z
    .union([
      strict({ epoch: z.number().int().min(1).max(1_000_000) }),
      strict({ subject: id("subject") }),
    ])
    .optional(),
  region: code.optional(),
});

const STATE = /^[A-Z]{2}-[A-Z0-9]{1,3}$/;
const residents = z
  .record(
    z.string().refine((value) => STATE.test(value), "an ISO 3166-2 code such as US-CA"),
    count,
  )
  .refine((given) => Object.keys(given).length <= 100, "at most 100 States");

const known = {
  severity: z.enum(SEVERITIES),
  affectedUsers: unique(text(LIMITS.externalIdBytesMax), { most: 10_000 }),
  dataCategories: unique(category, { most: CATEGORY_IDS.length }),
  containmentActions: z.array(line).max(100).readonly(),
  state: z.enum(INCIDENT_STATES),
  kinds: unique(z.enum(INCIDENT_KINDS), { least: 1, most: INCIDENT_KINDS.length }),
};

const findings = {
  risk: z.enum(["none", "some", "high"]).optional(),
  awareAt: instant.optional(),
  discoveredAt: instant.optional(),
  began: instant.optional(),
  ended: instant.optional(),
  affectedCount: count.optional(),
  residents: residents.optional(),
  /** Why they say nothing to whoever has them; `null`: they do, after all. */
  encrypted: z.enum(ENCRYPTION_REASONS).nullish(),
  fourFactors: strict({
    nature: factor,
    recipient: factor,
    acquired: factor,
    mitigation: factor,
    reasons: words,
  }).optional(),
  delay: z
    .union([
      strict({ asked: z.literal("in-writing"), until: instant }),
      strict({ asked: z.literal("orally"), at: instant }),
    ])
    .optional(),
  scope: scope.optional(),
  consequences: words.optional(),
  measures: words.optional(),
  advice: words.optional(),
  whatHappened: words.optional(),
  lateBecause: words.optional(),
  records: count.optional(),
  /** Of the letters to the people: one that was given to the store. Default: English. */
  language: text(35).optional(),
};

/** The shapes of the register of incidents. */
export const breachShapes = {
  report: strict({
    detectedAt: instant,
    description: words,
    severity: known.severity,
    affectedUsers: known.affectedUsers.default([]),
    dataCategories: known.dataCategories.default([]),
    containmentActions: known.containmentActions.default([]),
    state: known.state.default("ongoing"),
    kinds: known.kinds.default(["confidentiality"]),
    ...findings,
  }),
  update: strict({
    phase: words.optional(),
    description: words.optional(),
    close: z.boolean().optional(),
    severity: known.severity.optional(),
    affectedUsers: known.affectedUsers.optional(),
    dataCategories: known.dataCategories.optional(),
    containmentActions: known.containmentActions.optional(),
    state: known.state.optional(),
    kinds: known.kinds.optional(),
    ...findings,
  }),
  scope,
  list: strict({
    open: z.boolean().optional(),
    limit: z.number().int().min(1).max(1000).default(100),
    after: strict({ openedAt: instant, id: id("case") }).nullish(),
  }),
  done: strict({ at: instant.optional(), notDue: z.boolean().default(false) }),
  duty: z
    .string()
    .regex(/^[a-z0-9]{1,20}\.[a-z-]{1,40}$/, "a law and a duty, such as gdpr.authority"),
  draft: z.enum(DRAFTS),
  incident: id("case"),
} as const;
