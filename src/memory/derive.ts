import { OubliError, type EpochMs, type NodeId, type SessionId, type Word } from "#kernel";
import { endForPurpose, withheldBy, type CategoryId } from "#policy";

import { admitUnseen, untilUnmoved } from "./admission.ts";
import type { NodeKind, OpenNode } from "./node.ts";
import { readAllowed } from "./read.ts";
import { plannedNodes, recalled, type RecalledNode } from "./recall.ts";
import { remember, type NewMemory, type Remembered, type WriteVerb } from "./remember.ts";
import type { Caller, MemoryWorld } from "./world.ts";

/** Makes one text of several memories: a summary, a profile. May ask a model; may be slow. */
export type Deriver = (sources: readonly RecalledNode[]) => string | Promise<string>;

export interface DeriveCall {
  readonly caller: Caller;
  readonly purpose: string;
  readonly session: SessionId;
  readonly sources: readonly NodeId[];
  readonly derive: Deriver;
  /** The name it is registered under, if it is: then it is run again when a source is erased. */
  readonly deriver: Word | null;
}

/**
 * Makes a node from others. It has the conjunction of their policies: all their categories, this
 * purpose alone, the earliest of their ends for it; and it falls with any of them.
 *
 * @throws {OubliError} `NOT_FOUND` when a source is missing, may not be read, or vanished meanwhile.
 * @source GDPR Art. 17(1), recital 26: what is made from personal data is personal data
 */
export async function derive(world: MemoryWorld, call: DeriveCall): Promise<Remembered> {
  const sources = await readSources(world, call, "derive");
  const content = await call.derive(sources.map((node) => recalled(node, 0)));
  return rememberFrom(world, { ...call, verb: "derive", kind: "derived" }, sources, {
    content,
    metadata: null,
    deriver: call.deriver,
  });
}

type SourcesCall = Pick<DeriveCall, "caller" | "purpose" | "session" | "sources">;

/** The sources in the order given, all of them, read under the audit log. */
export function readSources(
  world: MemoryWorld,
  call: SourcesCall,
  verb: "derive" | "link",
): Promise<readonly OpenNode[]> {
  const { caller, purpose, session } = call;
  return untilUnmoved(async () => {
    const admission = await admitUnseen(world, { verb, caller, purpose, session });
    const { permit, known } = admission;
    const planned = plannedNodes(known.facts.pending);
    const rows = await world.store.rows(caller.subject, call.sources);
    const seen = new Set(
      rows
        .filter((row) => !planned.has(row.node) && !withheldBy(permit, row, world.clock.now()))
        .map(({ node }) => node),
    );
    // Before anything is read: the log, too, must not tell a hidden one from a missing one.
    if (call.sources.some((id) => !seen.has(id))) throw new OubliError("NOT_FOUND");
    const read = await readAllowed(world, admission, { caller, session }, rows);
    if (read === "stale") return "stale";
    const byId = new Map(read.nodes.map((node) => [node.node, node]));
    return call.sources.map((id) => {
      const node = byId.get(id);
      if (!node) throw new OubliError("NOT_FOUND");
      return node;
    });
  });
}

/** Stores what was made from sources. */
export function rememberFrom(
  world: MemoryWorld,
  call: SourcesCall & { readonly verb: WriteVerb; readonly kind: NodeKind },
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
    idempotencyKey: null,
  });
}

/** Special categories first, so that the node counts as the most sensitive of its sources. */
function categoriesOf(
  nodes: readonly { readonly categories: readonly Word[]; readonly special: boolean }[],
): CategoryId[] {
  const ordered = nodes.toSorted((left, right) => Number(right.special) - Number(left.special));
  return [...new Set(ordered.flatMap(({ categories }) => categories))] as string[] as CategoryId[];
}
