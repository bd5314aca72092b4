import { randomUUID } from "node:crypto";

import type { EpochMs } from "#kernel";
import type { Identity, SourceRetention } from "#sources";
import * as z from "zod";

import { over, removed } from "./answers.ts";

/** What a receiver ends by the calendar, and after how long. */
export type WebhookRule = Pick<SourceRetention, "rule" | "maxAge" | "keeps">;

export const RULES = z.array(z.looseObject({ rule: z.string() })).max(100);

/** Sends one call, signed, under an id that no other call has. */
export type Ask = <Schema extends z.ZodType>(
  message: { readonly id: string; readonly body: string },
  schema: Schema,
  signal: AbortSignal,
) => Promise<z.output<Schema>>;

type Asked = { readonly act: "count" } | { readonly act: "sweep"; readonly limit: number };

/** The receiver counts and removes what is older, and passes over whoever it is told is on hold. */
export function retentionOf(rules: readonly WebhookRule[], ask: Ask): SourceRetention[] {
  return rules.map((given) => {
    const message = (asked: Asked, before: EpochMs, who: readonly Identity[]) => {
      const held = who.map(({ externalId }) => externalId);
      const body = JSON.stringify({ version: 1, ...asked, rule: given.rule, before, held });
      return { id: `${asked.act}_${randomUUID()}`, body };
    };
    return {
      ...given,
      spares: true,
      async count(before, signal, held = []) {
        return (await ask(message({ act: "count" }, before, held), over, signal)).over;
      },
      async sweep(before, limit, signal, held = []) {
        return (await ask(message({ act: "sweep", limit }, before, held), removed, signal)).removed;
      },
    };
  });
}
