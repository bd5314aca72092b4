import { OubliError, type NodeId, type SessionId } from "#kernel";
import { withheldBy } from "#policy";

import { admitUnseen, untilUnmoved, type Admission } from "./admission.ts";
import type { NodeRow, OpenNode } from "./node.ts";
import { readAllowed } from "./read.ts";
import { plannedNodes } from "./recall.ts";
import type { Caller, MemoryWorld } from "./world.ts";

/** Memories that something is made from, or that are given away. */
export interface SourcesCall {
  readonly caller: Caller;
  readonly purpose: string;
  readonly session: SessionId;
  readonly sources: readonly NodeId[];
}

/** The sources in the order given, all of them, read under the audit log. */
export function readSources(
  world: MemoryWorld,
  call: SourcesCall,
  verb: "derive" | "link",
): Promise<readonly OpenNode[]> {
  const { caller, session } = call;
  return untilUnmoved(async () => {
    const { admission, rows } = await findSources(world, call, verb);
    const read = await readAllowed(world, admission, { caller, session }, rows);
    return read === "stale" ? "stale" : inOrder(call.sources, read.nodes);
  });
}

/**
 * Leave, and the rows of all sources.
 *
 * @throws {OubliError} `NOT_FOUND` before anything is read: the log, too, must not tell a hidden
 *   one from a missing one.
 */
export async function findSources<V extends "derive" | "link" | "disclose">(
  world: MemoryWorld,
  { caller, purpose, session, sources }: SourcesCall,
  verb: V,
): Promise<{ readonly admission: Admission<V>; readonly rows: readonly NodeRow[] }> {
  const admission = await admitUnseen(world, { verb, caller, purpose, session });
  const { permit, known } = admission;
  const planned = plannedNodes(known.facts.pending);
  const rows = await world.store.rows(caller.subject, sources);
  const seen = new Set(
    rows
      .filter((row) => !planned.has(row.node) && !withheldBy(permit, row, world.clock.now()))
      .map(({ node }) => node),
  );
  if (sources.some((id) => !seen.has(id))) throw new OubliError("NOT_FOUND");
  return { admission, rows };
}

/** All nodes in the order of their ids. @throws {OubliError} `NOT_FOUND` when one is gone. */
export function inOrder(ids: readonly NodeId[], nodes: readonly OpenNode[]): readonly OpenNode[] {
  const byId = new Map(nodes.map((node) => [node.node, node]));
  return ids.map((id) => {
    const node = byId.get(id);
    if (!node) throw new OubliError("NOT_FOUND");
    return node;
  });
}
