import { z } from "zod";

/**
 * Every record of a package, as its JSON schema tells it. Strict: a field that is not named here
 * never leaves. No record has a tenant, an internal id, or an address of a machine but the person's own.
 */
const time = z.string().describe("ISO 8601, UTC");
const code = z.string();

const withheld = z
  .strictObject({
    field: z.string(),
    reason: code.describe("third-person, what is never returned, or a source's own word"),
    law: z.string().nullable(),
  })
  .describe("Something that is held and not shown");

const json: z.ZodType<unknown> = z.unknown().describe("Whatever the system holds");

export const memory = z.strictObject({
  id: z.string().describe("Names it in a request: to correct it, or to have it erased"),
  kind: z.enum(["memory", "derived", "block", "edge"]),
  revision: z.int(),
  content: z.string().nullable().describe("null: withheld as a whole"),
  categories: z.array(code),
  special: z.boolean().describe("Special category of personal data (GDPR Art. 9)"),
  health: z.boolean().describe("Health information, under HIPAA or not"),
  purposes: z.array(
    z.strictObject({
      purpose: code,
      basis: code.nullable().describe("Lawful basis (GDPR Art. 6)"),
      condition: code.nullable().describe("Condition for special categories (GDPR Art. 9(2))"),
    }),
  ),
  role: z.enum(["user", "assistant", "system", "tool"]).nullable(),
  speaker: z.string().nullable(),
  source: z.strictObject({ system: z.string(), event: z.string() }).nullable(),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  madeFrom: z.array(z.string()).describe("The ids of what it was inferred from"),
  madeBy: code.nullable().describe("The function that made it"),
  conversation: z.int().nullable().describe("Memories of one conversation have one number"),
  said: time.nullable(),
  stored: time,
  changed: time,
  keptUntil: time.nullable().describe("null: for as long as its purposes need it"),
  recipients: z.array(code).describe("Who was given it, beside you"),
  vector: z.string().nullable().describe("Its embedding: base64 of 32-bit floats, little-endian"),
  withheld: z.array(withheld),
});

export const consent = z.strictObject({
  purpose: code,
  granted: z.boolean().describe("false: a withdrawal"),
  explicit: z.boolean(),
  collected: time,
  validUntil: time.nullable(),
  notice: code.describe("The version of the privacy notice"),
  mechanism: code,
  language: z.string().nullable(),
  evidence: z
    .strictObject({ ipAddress: z.string().nullable(), userAgent: z.string().nullable() })
    .describe("What was kept of the moment; null: nothing is held"),
  withheld: z.array(withheld),
});

export const restriction = z.strictObject({
  purpose: code.nullable().describe("null: for every purpose"),
  ground: code,
  since: time,
});

const who = z.strictObject({
  kind: z.enum(["you", "app", "agent", "staff", "system"]),
  name: z.string().nullable().describe("Of staff a number within this package, not their name"),
  roles: z.array(code),
});

export const access = z.strictObject({
  at: time,
  what: code,
  who,
  purpose: code.nullable(),
  decision: code.nullable(),
  recipient: code.nullable(),
  memories: z.array(z.string()),
});

export const disclosure = z.strictObject({
  at: time,
  outcome: z.enum(["given", "failed"]).describe("failed: it may have left all the same"),
  recipient: code,
  role: code.nullable(),
  country: code.nullable(),
  contract: code.nullable(),
  purpose: code.nullable(),
  basis: code.nullable(),
  categories: z.array(code),
  memories: z.array(z.string()),
  questions: z.int().describe("How many of your questions, which belong to no memory"),
});

export const request = z.strictObject({
  right: code.nullable(),
  state: code,
  received: time,
  due: time.nullable(),
  closed: time.nullable(),
});

export const sourceRecord = z.strictObject({
  collection: z.string(),
  id: z.string(),
  category: code,
  data: z.record(z.string(), json),
  withheld: z.array(withheld),
});

export type MemoryRecord = z.infer<typeof memory>;
export type ConsentShown = z.infer<typeof consent>;
export type RestrictionShown = z.infer<typeof restriction>;
export type AccessShown = z.infer<typeof access>;
export type DisclosureShown = z.infer<typeof disclosure>;
export type RequestShown = z.infer<typeof request>;
export type SourceRecord = z.infer<typeof sourceRecord>;

/** A schema as a file of the package. */
export function schemaText(shape: z.ZodType, title: string): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(shape) }, null, 2)}\n`;
}
