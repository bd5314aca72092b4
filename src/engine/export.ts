import { evidenceOf, type ConsentEvidence, type ConsentRecord } from "#consent";
import type { EpochMs, NodeId, SubjectId } from "#kernel";
import {
  admit,
  asTold,
  readAllowed,
  recalled,
  untilUnmoved,
  type Caller,
  type NodeHead,
  type NodeKind,
  type OpenNode,
  type RecalledNode,
} from "#memory";

import { arrivalOf, type Arrival } from "#transfer";

import { readAccesses, type AccessRecord } from "./access-log.ts";
import type { EngineWorld } from "./world.ts";

/** Everything held about one person. */
export interface SubjectExport {
  readonly format: "oubli-export-1";
  readonly subject: SubjectId;
  readonly externalId: string | null;
  readonly exportedAt: EpochMs;
  /** The region that they came from, and by whose leave; `null`: they were always here. */
  readonly arrival: Arrival | null;
  readonly nodes: readonly ExportedNode[];
  readonly consents: readonly (ConsentRecord & { readonly evidence: ConsentEvidence | null })[];
  readonly accesses: readonly AccessRecord[];
}

export interface ExportedNode extends RecalledNode {
  readonly kind: NodeKind;
  readonly sources: readonly NodeId[];
}

/** A node as it is shown, and where it stands among those of its time. */
interface Told {
  readonly shown: ExportedNode;
  readonly place: Pick<OpenNode, "node" | "session" | "position">;
}

const KINDS: readonly NodeKind[] = ["memory", "derived", "block", "edge"];

/** Nodes read, and written down, at a time: an export holds no long transaction. */
const PAGE = 500;

/**
 * The copy of a person's data: the same nodes that an erasure destroys.
 *
 * @source GDPR Art. 15(1), (3), 20(1)
 */
export async function exportSubject(world: EngineWorld, caller: Caller): Promise<SubjectExport> {
  const { subject } = caller;
  await admit(world, { verb: "export", caller, purpose: null, session: null });
  const { heads } = await world.store.heads(subject, KINDS);
  const nodes: Told[] = [];
  // At least one page: who has no memories still has a name and consents, which are shown too.
  for (let at = 0; at === 0 || at < heads.length; at += PAGE) {
    nodes.push(...(await exportPage(world, caller, heads.slice(at, at + PAGE))));
  }
  const records = await world.audit.store.consents(subject);
  const evidence = await evidenceOf(world, records);
  return {
    format: "oubli-export-1",
    subject,
    externalId: await world.keyring.externalIdOf(subject),
    exportedAt: world.clock.now(),
    arrival: await arrivalOf(world, subject),
    nodes: nodes.toSorted(byTime).map(({ shown }) => shown),
    consents: records.map((row) => ({ ...row, evidence: evidence.get(row.id) ?? null })),
    accesses: await readAccesses(world, caller),
  };
}

function exportPage(
  world: EngineWorld,
  caller: Caller,
  heads: readonly NodeHead[],
): Promise<readonly Told[]> {
  return untilUnmoved(async () => {
    const place = { caller, session: null };
    const admission = await admit(world, { verb: "export", purpose: null, ...place });
    const ids = heads.map(({ node }) => node);
    const rows = await world.store.rows(caller.subject, ids);
    const read = await readAllowed(world, admission, place, rows);
    if (read === "stale") return "stale";
    return Promise.all(read.nodes.map((node) => withSources(world, node)));
  });
}

async function withSources({ store }: EngineWorld, node: OpenNode): Promise<Told> {
  const made = node.kind !== "memory";
  const sources = made ? await store.derivations(node.subject, { derived: node.node }) : [];
  const shown = {
    ...recalled(node, 0),
    kind: node.kind,
    sources: sources.map(({ source }) => source),
  };
  const { node: id, session, position } = node;
  return { shown, place: { node: id, session, position } };
}

function byTime(left: Told, right: Told): number {
  return left.shown.createdAt - right.shown.createdAt || asTold(left.place, right.place);
}
