import type { NodeId } from "#kernel";
import type { OpenNode } from "#memory";
import { CATEGORIES, endOf, isCategory, purposeOf, type CategoryId } from "#policy";

import {
  add,
  iso,
  isoOrNull,
  type Given,
  type PackageCall,
  type PackageWorld,
} from "./given-person.ts";
import { givenNodes, type GivenNode } from "./nodes.ts";
import { portableMemory } from "./portable.ts";
import type { Recipients } from "./recipients.ts";
import { showMemory } from "./report/records.ts";
import type { Section } from "./section.ts";
import { memory, type MemoryRecord } from "./shapes.ts";
import { isAnothers, screened, THIRD_PERSON, type Withheld } from "./withhold.ts";

/** What is remembered, in the order it was told. @source GDPR Art. 15(1)(a)–(d), (g), 15(3) */
export function memoriesSection(
  world: PackageWorld,
  call: PackageCall,
  given: Given,
  recipients: Recipients,
): Section<MemoryRecord> {
  return {
    name: "memories",
    title: "What is remembered about you",
    about:
      "Every memory, in the order it was told: what it says, why it is kept and for how long, " +
      "where it came from and who was given it.",
    shape: memory,
    rows: records(world, call, given, recipients),
    show: showMemory,
    withheld: (record) => record.withheld,
    portable: portableMemory,
  };
}

async function* records(
  world: PackageWorld,
  call: PackageCall,
  given: Given,
  recipients: Recipients,
): AsyncGenerator<readonly MemoryRecord[]> {
  const known = createJudge(given);
  for await (const page of givenNodes(world, call.caller)) {
    call.signal?.throwIfAborted();
    yield page.map((one) => {
      add(given.tally.categories, one.node.categories);
      add(given.tally.purposes, one.node.purposes);
      return recordOf(world, one, { given, recipients, others: known.isOthers(one) });
    });
  }
}

/**
 * Tells somebody else's words, and what was made with any of them: it may say them again. Memories
 * come before what was made from them; where a clock stood still and one thing made comes before
 * another that it was made from, that is not known yet, and it is kept back.
 */
function createJudge({ names }: Given) {
  const othersWords = new Set<NodeId>();
  const ownMade = new Set<NodeId>();
  const isOwn = (source: NodeId, madeSources: readonly NodeId[]): boolean =>
    madeSources.includes(source) ? ownMade.has(source) : !othersWords.has(source);
  return {
    isOthers({ node, sources, madeSources }: GivenNode): boolean {
      if (node.kind === "memory") {
        const others = isAnothers(node, names);
        if (others) othersWords.add(node.node);
        return others;
      }
      const own = sources.every((source) => isOwn(source, madeSources));
      if (own) ownMade.add(node.node);
      return !own;
    },
  };
}

/** Also where no pack treats it as that. @source 45 CFR 160.103 */
function isHealth(category: string): boolean {
  return isCategory(category) && CATEGORIES[category as CategoryId].sensitive.includes("hipaa");
}

interface Shown {
  readonly given: Given;
  readonly recipients: Recipients;
  readonly others: boolean;
}

function recordOf(
  { policy }: PackageWorld,
  { node, sources }: GivenNode,
  { given, recipients, others }: Shown,
): MemoryRecord {
  const { text, metadata, source, withheld } = said(node, given, others);
  return {
    id: node.node,
    kind: node.kind,
    revision: node.revision,
    content: text,
    categories: [...node.categories],
    special: node.special,
    health: node.phi || node.categories.some(isHealth),
    purposes: node.purposes.map((name) => {
      const { basis = null, condition = null } = purposeOf(policy, name) ?? {};
      return { purpose: name, basis, condition };
    }),
    role: node.role,
    speaker: others ? null : node.speaker,
    source,
    metadata,
    madeFrom: [...sources],
    madeBy: node.kind === "derived" ? node.deriver : null,
    conversation: given.conversation(node.session),
    said: isoOrNull(node.saidAt),
    stored: iso(node.createdAt),
    changed: iso(node.updatedAt),
    keptUntil: isoOrNull(endOf(node, policy)),
    recipients: [...recipients.of(node.node)],
    vector: text === null || withheld.length > 0 ? null : vectorText(node.vector),
    withheld: [...withheld],
  };
}

/** What it says, without what the person may not have. A vector tells of its text: it goes too. */
function said(
  node: OpenNode,
  { ban }: Given,
  others: boolean,
): {
  readonly text: string | null;
  readonly metadata: MemoryRecord["metadata"];
  readonly source: MemoryRecord["source"];
  readonly withheld: readonly Withheld[];
} {
  // Its names are the application's own: an event may be called by anything.
  const named = screened(node.source && { ...node.source }, "source", ban);
  const source = named.value as MemoryRecord["source"];
  const hidden = (entry: Withheld) => {
    return { text: null, metadata: {}, source, withheld: [entry, ...named.withheld] };
  };
  if (others) return hidden({ field: "content", ...THIRD_PERSON });
  if (ban.kinds.has("biometric") && node.categories.includes("biometric" as never)) {
    return hidden({ field: "content", reason: "biometric", law: ban.law });
  }
  const content = screened(node.content, "content", ban);
  const metadata = screened(node.metadata ?? {}, "metadata", ban);
  return {
    text: content.value as string,
    metadata: metadata.value as MemoryRecord["metadata"],
    source,
    withheld: [...content.withheld, ...metadata.withheld, ...named.withheld],
  };
}

function vectorText(vector: Float32Array | null): string | null {
  if (vector === null) return null;
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
}
