import { evidenceOf, type ConsentEvidence, type ConsentRecord } from "#consent";
import type { EpochMs, NodeId, SubjectId } from "#kernel";
import { admit, recalled, type Caller, type NodeKind, type RecalledNode } from "#memory";
import { givenNodes, type AccessRecord, type GivenNode } from "#rights";
import { arrivalOf, type Arrival } from "#transfer";

import { readAccesses } from "./access-log.ts";
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

/**
 * The copy of a person's data: the same nodes that an erasure destroys.
 *
 * @source GDPR Art. 15(1), (3), 20(1)
 */
export async function exportSubject(world: EngineWorld, caller: Caller): Promise<SubjectExport> {
  const { subject } = caller;
  await admit(world, { verb: "export", caller, purpose: null, session: null });
  const nodes: ExportedNode[] = [];
  for await (const page of givenNodes(world, caller)) nodes.push(...page.map(shown));
  const records = await world.audit.store.consents(subject);
  const evidence = await evidenceOf(world, records);
  return {
    format: "oubli-export-1",
    subject,
    externalId: await world.keyring.externalIdOf(subject),
    exportedAt: world.clock.now(),
    arrival: await arrivalOf(world, subject),
    nodes,
    consents: records.map((row) => ({ ...row, evidence: evidence.get(row.id) ?? null })),
    accesses: await readAccesses(world, caller),
  };
}

function shown({ node, sources }: GivenNode): ExportedNode {
  return { ...recalled(node, 0), kind: node.kind, sources };
}
