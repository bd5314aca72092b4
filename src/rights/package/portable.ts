import type { Json } from "#kernel";
import { CATEGORIES, isCategory, type CategoryId } from "#policy";

import type { MemoryRecord } from "./shapes.ts";

/** @source w3id.org/dpv (Data Privacy Vocabulary 2); schema.org; RFC 3339 times */
const CONTEXT = {
  dpv: "https://w3id.org/dpv#",
  pd: "https://w3id.org/dpv/pd#",
  schema: "https://schema.org/",
  dct: "http://purl.org/dc/terms/",
  xsd: "http://www.w3.org/2001/XMLSchema#",
};

const BASES: Readonly<Record<string, string>> = {
  consent: "dpv:Consent",
  contract: "dpv:Contract",
};

/**
 * A memory as another controller may take it over, or `null` where the right does not reach: it
 * covers what the person gave, for a purpose on consent or a contract; not what was inferred, nor
 * what is withheld.
 *
 * @source GDPR Art. 20(1), 20(4); WP 242 rev.01 p. 9–10 ("provided by" the data subject)
 */
export function portableMemory(record: MemoryRecord): Json | null {
  const { id, kind, role, content, categories, said, stored, source, metadata } = record;
  const purposes = record.purposes.filter(({ basis }) => basis !== null && basis in BASES);
  const given = kind === "memory" && (role === null || role === "user") && content !== null;
  if (!given || purposes.length === 0) return null;
  return {
    "@id": `urn:oubli:${id}`,
    "@type": ["dpv:PersonalData", ...categories.map(termOf)],
    "schema:text": content,
    "dct:created": { "@type": "xsd:dateTime", "@value": said ?? stored },
    "dpv:hasPurpose": purposes.map(({ purpose, basis }) => ({
      "@type": "dpv:Purpose",
      "dct:title": purpose,
      "dpv:hasLegalBasis": { "@id": BASES[basis!]! },
    })),
    ...(source === null ? {} : { "dct:source": `${source.system} ${source.event}` }),
    ...(Object.keys(metadata).length === 0
      ? {}
      : {
          "schema:additionalProperty": Object.entries(metadata).map(([name, value]) => ({
            "@type": "schema:PropertyValue",
            "schema:name": name,
            "schema:value": value,
          })),
        }),
  };
}

/** A graph, of nodes that are text already, as a JSON-LD file. */
export function* linkedData(graph: readonly string[]): Generator<string> {
  yield `{"@context":${JSON.stringify(CONTEXT)},"@graph":[\n`;
  for (const [at, node] of graph.entries()) yield `${at > 0 ? ",\n" : ""}${node}`;
  yield "\n]}\n";
}

function termOf(category: string): string {
  return (
    (isCategory(category) ? CATEGORIES[category as CategoryId].dpv : null) ?? "dpv:PersonalData"
  );
}
