import type { Controller } from "#policy";
import { z } from "zod";

import { iso, type Given, type PackageCall, type PackageWorld } from "./given-person.ts";

const code = z.string();
const contact = z.strictObject({
  name: z.string(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  address: z.string().nullable(),
  website: z.string().nullable(),
});

/** What is said about the processing as a whole. @source GDPR Art. 15(1)(a)–(h), 15(2) */
export const processing = z.strictObject({
  controller: contact.nullable().describe("Who answers for the data"),
  officer: contact.nullable().describe("Their data protection officer"),
  representative: contact.nullable(),
  region: code.describe("Where the data are kept"),
  purposes: z.array(
    z.strictObject({
      purpose: code,
      basis: code.nullable(),
      condition: code.nullable(),
      categories: z.array(code).nullable(),
      keptFor: z.string().nullable().describe("ISO 8601 duration; null: no end is set"),
      keptBecause: z.string().nullable(),
      memories: z.int().describe("How many of yours it has"),
    }),
  ),
  categories: z.array(
    z.strictObject({ category: code, memories: z.int(), keptAtMost: z.string().nullable() }),
  ),
  recipients: z.array(
    z.strictObject({
      recipient: code,
      name: z.string().nullable(),
      role: code,
      country: code,
      region: code,
      keepsIt: z.string().describe("For how long, in the words of its contract"),
      trainsOnIt: z.boolean(),
      purposes: z.array(code).nullable(),
      categories: z.array(code).nullable(),
    }),
  ),
  safeguards: z
    .array(z.strictObject({ to: code, mechanism: code, document: code, expires: z.string() }))
    .describe("Of transfers to other places (GDPR Art. 46)"),
  cameFrom: z
    .strictObject({
      region: code,
      at: z.string(),
      mechanism: code,
      document: code,
      lost: z.boolean().describe("Whether what was moved is lost here"),
    })
    .nullable()
    .describe("The region that your data were moved from"),
  automatedDecisions: z.string(),
});

export type Processing = z.infer<typeof processing>;

const AUTOMATED =
  "The memory itself decides nothing about you: it ranks what is remembered by how well it fits a " +
  "question. What an application decides with it, the company tells you.";

export function processingOf(
  { policy, region }: PackageWorld,
  { cameFrom = null }: PackageCall,
  { tally }: Given,
): Processing {
  const { controller } = policy;
  return processing.parse({
    controller: contactOf(controller),
    officer: contactOf(controller?.dpo),
    representative: contactOf(controller?.representative),
    region,
    purposes: Object.entries(policy.purposes).map(([purpose, facts]) => ({
      purpose,
      basis: facts.basis,
      condition: facts.condition,
      categories: facts.categories && [...facts.categories],
      keptFor: facts.retention,
      keptBecause: facts.retentionJustification,
      memories: tally.purposes.get(purpose) ?? 0,
    })),
    categories: [...tally.categories].map(([category, memories]) => ({
      category,
      memories,
      keptAtMost: (policy.retention as Record<string, string>)[category] ?? null,
    })),
    recipients: Object.entries(policy.processors ?? {}).map(([recipient, facts]) => ({
      recipient,
      name: facts.name ?? null,
      role: facts.role,
      country: facts.country,
      region: facts.region,
      keepsIt: facts.retention,
      trainsOnIt: facts.trainsOnData,
      purposes: facts.purposes && [...facts.purposes],
      categories: facts.categories && [...facts.categories],
    })),
    safeguards: (policy.transfers ?? [])
      .filter(({ from }) => from === region)
      .map(({ to, mechanism, document, expires }) => ({ to, mechanism, document, expires })),
    cameFrom: cameFrom && {
      region: cameFrom.from,
      at: iso(cameFrom.at),
      mechanism: cameFrom.mechanism,
      document: cameFrom.document,
      lost: cameFrom.lost,
    },
    automatedDecisions: AUTOMATED,
  });
}

function contactOf(party: Pick<Controller, "name" | "contact"> | undefined) {
  if (party === undefined) return null;
  const { email, phone, address, website } = party.contact;
  return {
    name: party.name,
    email: email ?? null,
    phone: phone ?? null,
    address: address ?? null,
    website: website ?? null,
  };
}

/** What is in a package, and what is not. */
export const summary = z.strictObject({
  format: z.literal("oubli-access-1"),
  made: z.string().describe("ISO 8601, UTC"),
  complete: z.boolean().describe("false: a system did not answer, and will be asked again"),
  person: z.strictObject({
    externalId: z.string().nullable().describe("What the company calls you"),
  }),
  sections: z.array(
    z.strictObject({
      section: code,
      title: z.string(),
      records: z.int(),
      files: z.int(),
      failed: code.nullable().describe("Why it is not all there"),
      withheld: z.record(z.string(), z.int()).describe("How often something was withheld, and why"),
    }),
  ),
});

export type Summary = z.infer<typeof summary>;
