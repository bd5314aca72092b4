import { isCode, word, type Json, type Word } from "#kernel";
import { gatherExport, type Section as SourceAnswer, type SourceItem } from "#sources";

import type { Given, PackageCall, PackageWorld } from "./given-person.ts";
import { showSourceRecord } from "./report/records.ts";
import type { Section } from "./section.ts";
import { sourceRecord, type SourceRecord } from "./shapes.ts";
import { screened } from "./withhold.ts";

/** Asks every registered system at once; each answers in a section of its own. */
export function askSources(
  world: PackageWorld,
  { caller, request, identifiers = {}, signal }: PackageCall,
  { externalId }: Given,
): readonly SourceAnswer[] {
  const { subject, tenant, actor } = caller;
  const who = { tenant, subject, externalId: externalId ?? "", identifiers };
  const options = { tenant, actor, request, ...(signal ? { signal } : {}) };
  return gatherExport(world, who, options).sections;
}

/** Lets a system go whose answer is not read to its end. */
export async function dismiss(answers: readonly SourceAnswer[]): Promise<void> {
  for (const { items } of answers) for await (const _ of items) break;
}

/** What one system has. Its own words stand in the records alone, never in a file's name. */
export function sourceSection(
  { source, items, outcome }: SourceAnswer,
  given: Given,
): Section<SourceRecord> {
  async function* rows() {
    for await (const item of items) yield [recordOf(item, given)];
    const { error } = await outcome;
    if (error !== null) throw new Unanswered(error);
  }
  return {
    name: `source-${isCode(source) ? source : "unnamed"}`,
    title: `What “${source}” holds`,
    about: "Another system of the same company that holds data about you.",
    shape: sourceRecord,
    rows: rows(),
    show: showSourceRecord,
    withheld: (record) => record.withheld,
    failedAs: (error) => (error instanceof Unanswered ? error.code : null),
  };
}

/** A system did not give all that it has. */
class Unanswered extends Error {
  override readonly name = "Unanswered";
  readonly code: Word;

  constructor(code: Word) {
    super("A system did not give all that it has.");
    this.code = code;
  }
}

/** @throws {Unanswered} `malformed` for what is no JSON: a cycle, a function, fields without names. */
function recordOf(item: SourceItem, { ban }: Given): SourceRecord {
  try {
    const data = JSON.parse(JSON.stringify(item.data)) as Json;
    const { value, withheld } = screened(data, "data", ban);
    const id = screened(item.id, "id", ban);
    const own = (item.withheld ?? []).map(({ field, reason }) => ({
      field: `data.${String(field)}`,
      reason: String(reason),
      law: null,
    }));
    return sourceRecord.parse({
      collection: item.collection,
      id: id.value,
      category: item.category,
      data: value,
      withheld: [...own, ...id.withheld, ...withheld],
    });
  } catch {
    throw new Unanswered(word("malformed"));
  }
}
