import type { ErasureRow, HoldRow, QueuedErasure, StagedErasure } from "#audit";
import { word, type NodeId } from "#kernel";

import { isObject, isText, isTexts, jsonList, jsonObject } from "../audit-json.ts";

/** A row as the database answers it: its lists are texts. */
type Stored<Row, Lists extends keyof Row> = Omit<Row, Lists> & {
  readonly [List in Lists]: string | (null extends Row[List] ? null : never);
};

export const ERASURE = word("erasure");
export const QUEUE = word("erasure_queue");

/** @throws {OubliError} `STORE_DAMAGED`, as all of these: something else wrote the row. */
export function readJob(row: unknown): ErasureRow {
  const stored = row as Stored<ErasureRow, "nodes" | "held" | "remake">;
  return { ...stored, ...readPlan(stored), remake: jsonList(ERASURE, stored.remake, isRemake) };
}

export function readErasure(row: unknown): StagedErasure {
  const stored = row as Stored<StagedErasure, "nodes" | "held">;
  return { ...stored, ...readPlan(stored) };
}

function readPlan({
  nodes,
  held,
}: Stored<Pick<ErasureRow, "nodes" | "held">, "nodes" | "held">): Pick<
  ErasureRow,
  "nodes" | "held"
> {
  return {
    nodes: nodes === null ? null : jsonList(ERASURE, nodes, isNodeRef),
    held: jsonList(ERASURE, held, isText),
  };
}

export function readQueued(row: unknown): QueuedErasure {
  const stored = row as Stored<QueuedErasure, "scope">;
  return { ...stored, scope: jsonObject(QUEUE, stored.scope, isScope) };
}

export function readHold(row: unknown): HoldRow {
  const stored = row as Stored<HoldRow, "nodes">;
  const nodes = stored.nodes === null ? null : jsonList<NodeId>(word("hold"), stored.nodes, isText);
  return { ...stored, nodes };
}

function isNodeRef(item: unknown): boolean {
  return isObject(item) && isText(item["node"]) && Number.isInteger(item["revision"]);
}

function isRemake(item: unknown): boolean {
  return (
    isObject(item) &&
    isText(item["deriver"]) &&
    isText(item["purpose"]) &&
    (item["session"] === null || isText(item["session"])) &&
    isTexts(item["sources"])
  );
}

function isScope(fields: Readonly<Record<string, unknown>>): boolean {
  return isText(fields["purpose"]) || isTexts(fields["nodes"]) || fields["subject"] === true;
}
