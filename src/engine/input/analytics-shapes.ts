import { z } from "zod";

import { code, holding, strict, unique } from "./fields.ts";

const DAY = /^\d{4}-\d{2}-\d{2}$/;

const day = z
  .string()
  .refine(
    (value) => DAY.test(value) && new Date(`${value}T00:00Z`).toJSON()?.startsWith(value) === true,
    "a day in UTC: 2026-11-21",
  );

const dimensions: z.ZodType<Readonly<Record<string, string>>> = z.record(code, code);
const named = strict({ name: code, dimensions });

/** What counting is asked with. */
export const analyticsShapes = {
  event: z.union([code, named]),
  session: holding("id"),
  days: strict({ from: day, to: day }),
  publish: strict({
    event: code,
    from: day,
    to: day,
    by: unique(code, { most: 16 }).default([]),
    epsilon: z.number().min(0.001).max(10).multipleOf(0.001),
  }),
};
