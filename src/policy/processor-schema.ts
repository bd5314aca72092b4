import { isCode } from "#kernel";
import * as z from "zod";

import { CATEGORY_IDS, type CategoryId } from "./categories.ts";
import { line } from "./controller-schema.ts";
import { HOST_KINDS, PROCESSOR_ROLES } from "./processor.ts";
import { code, strict, text, unique } from "./shapes.ts";

const DOCUMENT = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export const day = text(isDay, "a day, such as 2026-05-01");

const dpa = {
  signed: day,
  expires: day.optional(),
  document: text((value) => DOCUMENT.test(value), "a code of letters, digits, _ . and -"),
};

export const processor = strict({
  name: line.optional(),
  address: line.optional(),
  role: z.enum(PROCESSOR_ROLES),
  region: code,
  country: text((value) => /^[A-Z]{2}$/.test(value), "an ISO 3166 code of two capitals"),
  dpa: strict(dpa),
  baa: strict({ ...dpa, expires: day }).optional(),
  trainsOnData: z.boolean(),
  trainingPurpose: code.optional(),
  retention: text((value) => value.isWellFormed(), "well-formed Unicode").pipe(
    z.string().trim().min(1).max(100),
  ),
  purposes: unique(code).optional(),
  categories: unique(z.enum(CATEGORY_IDS as readonly CategoryId[])).optional(),
});

const host = z
  .custom<string | null>((value) => value === null || isCode(value), {
    params: { accepted: "a processor's name, self, or null" },
  })
  .optional();

export const hosts = strict(
  Object.fromEntries(HOST_KINDS.map((kind) => [kind, host])) as Record<
    (typeof HOST_KINDS)[number],
    typeof host
  >,
);

/** A day that the calendar has: `Date` takes 30 February for 2 March. */
function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const at = Date.parse(`${value}T00:00:00Z`);
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(value);
}
