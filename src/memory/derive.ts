import type { EpochMs, NodeId, SessionId, Word } from "#kernel";
import { endForPurpose, type CategoryId } from "#policy";

import { discloseSources } from "./disclose.ts";
import type { NodeKind, OpenNode } from "./node.ts";
import { recalled, type RecalledNode } from "./recall.ts";
import { remember, type NewMemory, type Remembered, type WriteVerb } from "./remember.ts";
import { readSources, type SourcesCall } from "./sources.ts";
import type { Caller, MemoryWorld } from "./world.ts";

/** Makes one text of several memories: a summary, a profile. May ask a model; may be slow. */
export type Deriver = (sources: readonly RecalledNode[]) => string | Promise<string>;

/** A deriver, and who gets the memories it is given. */
export interface PlacedDeriver {
  readonly derive: Deriver;
  /** A registered processor; `null`: it runs inside this process. */
  readonly processor: string | null;
}

export interface DeriveCall {
  readonly caller: Caller;
  readonly purpose: string;
  readonly session: SessionId;
  readonly sources: readonly NodeId[];
  readonly make: PlacedDeriver;
  /** The name it is registered under, if it is: then it is run again when a source is erased. */
  readonly deriver: Word | null;
  /** A call with the same key stores nothing a second time. */
  readonly idempotencyKey?: string;
}

/**
 * Makes a node from others. It has the conjunction of their policies: all their categories, this
 * purpose alone, the earliest of their ends for it; and it falls with any of them.
 *
 * @throws {OubliError} `NOT_FOUND` when a source is missing, may not be read, or vanished meanwhile.
 * @source GDPR Art. 17(1), recital 26: what is made from personal data is personal data
 */
export async function derive(world: MemoryWorld, call: DeriveCall): Promise<Remembered> {
  const { sources, content } = await made(world, call);
  return rememberFrom(world, { ...call, verb: "derive", kind: "derived" }, sources, {
    content,
    metadata: null,
    deriver: call.deriver,
  });
}

/** One that asks a processor gets the memories behind the egress gate. */
async function made(
  world: MemoryWorld,
  { make: { derive, processor }, ...call }: DeriveCall,
): Promise<{ readonly sources: readonly OpenNode[]; readonly content: string }> {
  if (processor !== null) {
    const { nodes: sources, answer: content } = await discloseSources(
      world,
      { ...call, processor, send: derive },
      "derive",
    );
    return { sources, content };
  }
  const sources = await readSources(world, call, "derive");
  return { sources, content: await derive(sources.map((node) => recalled(node, 0))) };
}

/** Stores what was made from sources. */
export function rememberFrom(
  world: MemoryWorld,
  call: SourcesCall & {
    readonly verb: WriteVerb;
    readonly kind: NodeKind;
    readonly idempotencyKey?: string;
  },
  sources: readonly OpenNode[],
  made: Pick<NewMemory, "content" | "metadata" | "deriver">,
): Promise<Remembered> {
  const ends = sources
    .map((node) => endForPurpose(node, call.purpose, world.policy))
    .filter((end) => end !== null);
  const memory: NewMemory = {
    ...made,
    role: null,
    speaker: null,
    source: null,
    saidAt: null,
    categories: categoriesOf(sources),
    expiresAt: ends.length === 0 ? null : (Math.min(...ends) as EpochMs),
    position: 0,
  };
  return remember(world, {
    verb: call.verb,
    kind: call.kind,
    caller: call.caller,
    purposes: [call.purpose],
    session: call.session,
    memories: [memory],
    sources: sources.map(({ node, revision }) => ({ source: node, sourceRevision: revision })),
    idempotencyKey: call.idempotencyKey ?? null,
  });
}

/** Special categories first, so that the node counts as the most sensitive of its sources. */
function categoriesOf(
  nodes: readonly { readonly categories: readonly Word[]; readonly special: boolean }[],
): CategoryId[] {
  const ordered = nodes.toSorted((left, right) => Number(right.special) - Number(left.special));
  return [...new Set(ordered.flatMap(({ categories }) => categories))] as string[] as CategoryId[];
}
