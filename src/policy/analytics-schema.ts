import * as z from "zod";

import { code, strict, unique } from "./shapes.ts";

const event = strict({ dimensions: z.record(code, unique(code)).optional() });

export const analytics = strict({
  events: z.record(code, event),
  epsilonPerDay: z.number().min(0.001).max(10).multipleOf(0.001).optional(),
  perSession: z.number().int().min(1).max(100).optional(),
  threshold: z.number().int().min(0).max(1_000_000).optional(),
});
