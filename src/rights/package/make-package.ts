import type { EpochMs, Word } from "#kernel";
import { admit } from "#memory";

import { openArchive, type Archive, type Consume } from "./archive.ts";
import { givenTo, iso, type Given, type PackageCall, type PackageWorld } from "./given-person.ts";
import {
  accessesSection,
  consentsSection,
  disclosuresSection,
  requestsSection,
  restrictionsSection,
} from "./lists.ts";
import { memoriesSection } from "./memories.ts";
import { processing, processingOf, summary, type Summary } from "./processing.ts";
import { recipientsOf } from "./recipients.ts";
import { overviewPage } from "./report/overview.ts";
import type { Shell } from "./report/page.ts";
import { writeSection, type Section, type Written } from "./section.ts";
import { schemaText } from "./shapes.ts";
import { askSources, dismiss, sourceSection } from "./source-section.ts";

/** A package that was written to its end. */
export interface MadePackage {
  readonly package: string;
  readonly madeAt: EpochMs;
  /** Whether every system gave all that it has. If not, the request is not answered yet. */
  readonly complete: boolean;
  readonly sections: readonly MadeSection[];
}

export interface MadeSection {
  readonly section: string;
  readonly records: number;
  /** A code, where it is not all there. */
  readonly failed: Word | null;
  /** How much was withheld, by reason. */
  readonly withheld: Readonly<Record<string, number>>;
}

/**
 * Everything that is held about a person, as a ZIP: for people to read, for machines to read, and
 * signed. It is written as it is read; what it holds is in the log before it is given out.
 *
 * Cost: one walk over the memories, two over the uses of them. Memory in use does not grow with
 * what they say, only by a line for each of them.
 *
 * @param id Names it; random.
 * @throws {OubliError} the policy's refusal; `AUDIT_UNAVAILABLE`; `CONFLICT`; what `consume` throws.
 * @source GDPR Art. 12(1), 15, 20 · 45 CFR 164.524 · 11 CCR 7024
 */
export async function makePackage(
  world: PackageWorld,
  call: PackageCall & { readonly id: string },
  consume: Consume,
): Promise<MadePackage> {
  await admit(world, { verb: "export", caller: call.caller, purpose: null, session: null });
  const madeAt = world.clock.now();
  const archive = openArchive(madeAt, consume);
  try {
    return await write(world, call, { archive, madeAt });
  } catch (error) {
    await archive.abort(error);
    throw error;
  }
}

async function write(
  world: PackageWorld,
  call: PackageCall & { readonly id: string },
  { archive, madeAt }: { readonly archive: Archive; readonly madeAt: EpochMs },
): Promise<MadePackage> {
  const { notary } = world.audit;
  const given = await givenTo(world, call);
  const shell = { controller: world.policy.controller?.name ?? null, made: iso(madeAt) };
  const sections = await writeSections(world, call, { archive, given, shell });
  const complete = sections.every(({ failed }) => failed === null);
  const told: Summary = summary.parse({
    format: "oubli-access-1",
    made: iso(madeAt),
    complete,
    person: { externalId: given.externalId },
    sections: sections.map(({ name, title, records, parts, failed, withheld }) => ({
      section: name,
      title,
      records,
      files: parts,
      failed,
      withheld: Object.fromEntries(withheld),
    })),
  });
  const about = processingOf(world, call, given);
  await archive.add("data/package.json", [`${JSON.stringify(told, null, 2)}\n`]);
  await archive.add("data/processing.json", [`${JSON.stringify(about, null, 2)}\n`]);
  await archive.add("schemas/package.schema.json", [schemaText(summary, "This package")]);
  await archive.add("schemas/processing.schema.json", [schemaText(processing, "The processing")]);
  const overview = { summary: told, processing: about, sections };
  await archive.add("index.html", [overviewPage(shell, overview)]);
  await archive.finish({
    package: call.id,
    origin: notary.origin("ledger"),
    madeAt,
    complete,
    attest: (text) => notary.attest(text),
  });
  return { package: call.id, madeAt, complete, sections: sections.map(madeSection) };
}

interface Writing {
  readonly archive: Archive;
  readonly given: Given;
  readonly shell: Shell;
}

/** What was used comes before what is read now: a package does not name its own reading. */
async function writeSections(
  world: PackageWorld,
  call: PackageCall,
  { archive, given, shell }: Writing,
): Promise<readonly Written[]> {
  const write = <Row extends object>(section: Section<Row>): Promise<Written> => {
    call.signal?.throwIfAborted();
    return writeSection(archive, section, shell);
  };
  const accesses = await write(accessesSection(world, call, given));
  const disclosures = await write(disclosuresSection(world, call));
  const recipients = await recipientsOf(world, call.caller.subject);
  const memories = await write(memoriesSection(world, call, given, recipients));
  const consents = await write(consentsSection(world, call, given));
  const restrictions = await write(restrictionsSection(world, call));
  const requests = await write(requestsSection(world, call));
  const answers = askSources(world, call, given);
  const sources: Written[] = [];
  try {
    for (const answer of answers) sources.push(await write(sourceSection(answer, given)));
  } finally {
    await dismiss(answers);
  }
  return [memories, ...sources, consents, restrictions, requests, accesses, disclosures];
}

function madeSection({ name, records, failed, withheld }: Written): MadeSection {
  return { section: name, records, failed, withheld: Object.fromEntries(withheld) };
}
