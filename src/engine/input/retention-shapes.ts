import { Cron } from "croner";
import { z } from "zod";

import { callback, id, strict, text } from "./fields.ts";

const count = z.number().int().min(1).max(100_000_000);
/** A source's name and a rule's own, or `memories`. */
const rules = z.array(text(128)).min(1).max(256).readonly();

/** How retention is asked for, and how it goes about it. */
export const retentionShapes = {
  options: strict({
    /** Default: none; `oubli.retention.run` and the command line start runs. */
    schedule: text(100).refine(isSchedule, "five fields of cron, such as 17 3 * * *").optional(),
    timeZone: text(64).refine(isTimeZone, "an IANA time zone, such as Europe/Berlin").optional(),
    batchMax: count.optional(),
    pauseMs: z.number().int().min(0).max(60_000).optional(),
    runMax: count.optional(),
    anomaly: strict({
      share: z.number().min(0).max(1).optional(),
      factor: z.number().min(1).max(1_000_000).optional(),
      least: z.number().int().min(0).max(100_000_000).optional(),
    }).optional(),
  }),
  plan: strict({ rules: rules.optional() }),
  run: strict({ rules: rules.optional(), onProgress: callback.optional() }),
  confirm: strict({ onProgress: callback.optional() }),
  runs: strict({ limit: z.number().int().min(1).max(1000).default(20) }),
  runId: id("case"),
};

function isSchedule(given: string): boolean {
  try {
    return new Cron(given, { paused: true, mode: "5-part" }).nextRun() !== null;
  } catch {
    return false;
  }
}

function isTimeZone(given: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: given }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
