import type { IncomingMessage } from "node:http";

import { STRATEGIES } from "#sources";
import * as z from "zod";

import { code } from "../options.ts";

/** What came back is not what was agreed. Nothing is taken from it. */
export class Unagreed extends Error {
  override readonly name = "Unagreed";
}

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const label = z.string().min(1).max(200);

const collection = z.strictObject({
  name: label,
  records: count,
  strategy: z.enum(STRATEGIES),
  ground: code.optional(),
  keepUntil: count.optional(),
});

/** To `erase` and `anonymise`. */
export const outcome = z.discriminatedUnion("status", [
  z.strictObject({
    status: z.literal("done"),
    recordsDeleted: count,
    collections: z.array(collection).max(200).optional(),
  }),
  z.strictObject({
    status: z.literal("pending"),
    /** Seconds. */
    checkAgainAfter: z.number().int().min(1).optional(),
  }),
]);

/** To `verify`. */
export const look = z.strictObject({ remaining: count });

/** To `count`, and to `sweep`. */
export const over = z.strictObject({ over: count });
export const removed = z.strictObject({ removed: count });

/** A line of the answer to `export`; the last one says how many there were. */
export const line = z.union([
  z.strictObject({ end: count }),
  z.strictObject({
    collection: label,
    id: z.string().min(1).max(1000),
    category: code,
    data: z.record(z.string(), z.json()),
    withheld: z
      .array(z.strictObject({ field: label, reason: label }))
      .max(1000)
      .optional(),
  }),
]);

/** Far above any answer but an export; and above any one record of that. */
const BYTES_MAX = 1024 * 1024;

const decoder = () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A short JSON answer, whole. */
export async function jsonOf<Schema extends z.ZodType>(
  response: IncomingMessage,
  schema: Schema,
): Promise<z.output<Schema>> {
  refuseOtherType(response, "application/json");
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BYTES_MAX) throw new Unagreed();
    chunks.push(chunk);
  }
  return parsed(schema, text(Buffer.concat(chunks)));
}

/** Lines of JSON as they come; each one bounded, their number not. */
export async function* linesOf<Schema extends z.ZodType>(
  response: IncomingMessage,
  schema: Schema,
): AsyncGenerator<z.output<Schema>> {
  refuseOtherType(response, "application/x-ndjson");
  let rest = Buffer.alloc(0);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      yield parsed(schema, text(rest.subarray(0, end)));
      rest = rest.subarray(end + 1);
    }
    if (rest.length > BYTES_MAX) throw new Unagreed();
  }
  if (rest.length > 0) throw new Unagreed(); // It broke off.
}

function refuseOtherType({ headers }: IncomingMessage, type: string): void {
  const given = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (given !== type || headers["content-encoding"] !== undefined) throw new Unagreed();
}

function text(bytes: Uint8Array): string {
  try {
    return decoder().decode(bytes);
  } catch {
    throw new Unagreed();
  }
}

export function parsed<Schema extends z.ZodType>(schema: Schema, json: string): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Unagreed();
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new Unagreed();
  return result.data;
}
